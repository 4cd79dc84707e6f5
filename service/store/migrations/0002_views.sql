-- What people see: one table per view and definition, made by the projector; how far each has come.
create schema views;
grant usage, create on schema views to kring;

create table views.checkpoints (
  view text not null,
  definition text not null,
  position bigint not null default 0,
  stopped_at bigint,          -- the fact that the view could not take
  stopped_because text,       -- and why, without its content
  primary key (view, definition)
);
grant select, insert, update, delete on views.checkpoints to kring;
