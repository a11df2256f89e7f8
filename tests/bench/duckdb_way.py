"""DuckDB matches the stream with the roster and hands the matched rows to psql; PostgreSQL makes the findings."""
import subprocess
import sys

import duckdb

stream, roster = sys.argv[1:3]
con = duckdb.connect()
con.execute("set threads = 2")
psql = subprocess.Popen(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", "copy duck_fact from stdin (format csv)"], stdin=subprocess.PIPE)
con.execute(f"""copy (
    select s.setl_id, p.人编号, p.户编号, case p.户来源 when '脱贫户' then 'lifted' else 'general' end,
           s.setl_time, s.medfee_sumamt, s.psn_part_amt, s.updt_time
    from read_csv('{stream}', header = true, columns = {{'setl_id': 'varchar', 'certno': 'varchar', 'psn_name': 'varchar',
        'insutype': 'varchar', 'hospital': 'varchar', 'setl_time': 'date', 'medfee_sumamt': 'decimal(12,2)',
        'fund_pay_sumamt': 'decimal(12,2)', 'psn_part_amt': 'decimal(12,2)', 'updt_time': 'timestamp'}}) s
    join read_parquet('{roster}') p on p.证件号码 = s.certno and p.姓名 = s.psn_name
) to '/dev/fd/{psql.stdin.fileno()}' (format csv, header false)""")
psql.stdin.close()
sys.exit(psql.wait())
