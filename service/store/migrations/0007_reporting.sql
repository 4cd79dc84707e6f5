-- What programs outside read to make figures of. The views in it are made by the program that knows how the tables behind them
-- are called now, and it says who reads them; to look into the schema gives nobody anything.
create schema reporting;
grant usage on schema reporting to public;
grant create on schema reporting to kring;
