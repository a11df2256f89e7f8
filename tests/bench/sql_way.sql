-- What a user would otherwise do, tuned: the stream is in `stage` (UNLOGGED, text) already. :line is 21000.
set work_mem = '1GB';
set max_parallel_workers_per_gather = 2;
analyze stage;
drop table if exists sql_fact, sql_finding;
create table sql_fact as
    select s.setl_id, p.person_no, p.household_no, p.class, s.setl_time::date as settled_on,
           s.medfee_sumamt::numeric as total, s.psn_part_amt::numeric as burden, s.updt_time::timestamp as updated_at
    from stage s join sql_person p on p.id_number = s.certno and p.name = s.psn_name;
alter table sql_fact add primary key (setl_id);
create table sql_finding as
    select person_no, household_no, sum(burden) as burden from sql_fact
    where settled_on >= '2026-01-01' and settled_on < '2026-11-22'
    group by person_no, household_no, class
    having sum(burden) > case class when 'lifted' then 10500 else 21000 end;
