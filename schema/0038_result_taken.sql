-- Every result as it was taken, and when: what a bulletin of a closed period counts does not change when a later result
-- replaces it. Written once, never changed.
create table bidui.result_taken (
    county        text not null,
    taken_no      bigint not null,
    taken_at      timestamp not null,          -- local time
    lead_id       bigint not null,
    learned       int not null,
    code          smallint not null,
    visited_on    date not null,
    alerts        bigint[] not null,           -- what the row was about, and what was answered of each
    answers       text[] not null,             -- null: not looked at
    primary key (county, taken_no)
);
create index on bidui.result_taken (county, lead_id, taken_no);
create index on bidui.result_taken (county, taken_at);

-- Of what was taken before only the day of its list is known.
insert into bidui.result_taken
select r.county, row_number() over (partition by r.county order by r.learned, r.lead_id), e.as_of + time '12:00', r.lead_id, r.learned,
  r.code, r.visited_on, coalesce(x.alerts, '{}'), coalesce(x.answers, '{}')
from bidui.result r join bidui.edition e on e.county = r.county and e.edition = r.learned and e.as_of is not null
left join lateral (select array_agg(a.alert_id order by a.alert_id) as alerts, array_agg(a.answer order by a.alert_id) as answers
  from bidui.answer a where a.county = r.county and a.lead_id = r.lead_id and a.learned = r.learned and a.alert_id is not null) x on true;
insert into bidui.counter (county, name, value)
select county, 'result_taken', max(taken_no) from bidui.result_taken group by county;
