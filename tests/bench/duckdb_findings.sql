-- The last step of DuckDB's way: the matched rows it has sent are in `duck_fact`; findings as in sql_way.sql.
set work_mem = '1GB';
set max_parallel_workers_per_gather = 2;
alter table duck_fact add primary key (setl_id);
create table duck_finding as
    select person_no, household_no, sum(burden) as burden from duck_fact
    where settled_on >= '2026-01-01' and settled_on < '2026-11-22'
    group by person_no, household_no, class
    having sum(burden) > case class when 'lifted' then 10500 else 21000 end;
