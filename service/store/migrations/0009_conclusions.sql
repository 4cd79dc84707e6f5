-- A conclusion of version 1 names its programme and its teams alone. Since version 2 it concerns everybody and everything that is over
-- with the programme, so that whatever is asked about one of them learns of it. What was recorded stays as it was sealed; that it is
-- found by more than it names is a matter of the index.

insert into event_tags (tag, type, position)
select distinct its.tag, conclusion.type, conclusion.position
from events conclusion
cross join unnest(conclusion.tags) as programme (tag)
join event_tags t on t.tag = programme.tag
  and t.type in ('challenge.proposed', 'trip.idea_proposed', 'team.formed', 'team.member_joined', 'team.member_transferred')
join events e on e.position = t.position
cross join unnest(e.tags) as its (tag)
where conclusion.type = 'programme.concluded' and conclusion.v = 1
  and programme.tag like 'programme\_%' and its.tag similar to '(challenge|trip|person)\_%'
on conflict do nothing;
