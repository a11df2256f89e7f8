/* Bench data: make_data PERSONS RECORDS HIT_PERCENT ROSTER.csv STREAM.csv LATER.csv. Deterministic; numbers carry the
 * unallocated region prefix 99. One record in a hundred has a broken number, three a quoted field. LATER is the stream as
 * it comes a day later: one record in a hundred costs more, one in a thousand is gone, another one in a thousand is new. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/idno.h"

#define SEED 88172645463325252u
static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林"};
static const char *const given[] = {"伟", "芳", "娜", "敏", "静", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超"};

/* Person i of the population: the first PERSONS are the roster, all others strangers. */
static void make_number(uint64_t i, char out[19])
{
    char digits[18];
    unsigned year = 1940 + (unsigned)(i * 7 % 75), month = 1 + (unsigned)(i * 5 % 12), day = 1 + (unsigned)(i * 11 % 28);
    (void)snprintf(digits, sizeof digits, "99%04u%04u%02u%02u%03u", (unsigned)(i / 999 % 9999), year, month, day,
                   (unsigned)(i % 999));
    memcpy(out, digits, 17);
    out[17] = idno_check_char(digits);
    out[18] = '\0';
}

static void make_name(uint64_t i, char *out, size_t size)
{
    (void)snprintf(out, size, "%s%s%s", surnames[i * 3 % 16], given[i * 7 % 16], given[i / 16 % 16]);
}

static void write_roster(FILE *f, uint64_t persons)
{
    fputs("人编号,户编号,姓名,证件号码,与户主关系,性别,出生日期,行政村编码,行政村名称,乡镇名称,户类型,户来源,监测对象类别,风险是否已消除,风险消除日期\n", f);
    for (uint64_t i = 0; i < persons; i++) {
        char number[19], name[40];
        make_number(i, number);
        make_name(i, name, sizeof name);
        uint64_t household = i / 4, village = household / 500 % 400;
        bool lifted = household % 10 == 0;
        fprintf(f, "P%09" PRIu64 ",H%08" PRIu64 ",%s,%s,%s,%s,%.4s-%.2s-%.2s,990121%03u%03u,第%u村,第%u镇,%s,%s,,否,\n", i, household, name, number,
                i % 4 == 0 ? "户主" : "子女", (number[16] - '0') % 2 == 1 ? "男" : "女", number + 6, number + 10, number + 12,
                100 + (unsigned)(village / 20), 200 + (unsigned)(village % 20), (unsigned)village, (unsigned)(village / 20),
                lifted ? "脱贫户" : "一般农户", lifted ? "脱贫户" : "一般农户");
    }
}

static void write_stream(FILE *f, uint64_t persons, uint64_t records, unsigned hit_percent, bool is_later)
{
    state = SEED;
    fputs("setl_id,certno,psn_name,insutype,hospital,setl_time,medfee_sumamt,fund_pay_sumamt,psn_part_amt,updt_time\n", f);
    for (uint64_t i = 0; i < records; i++) {
        char number[19], name[40];
        uint64_t r = next_random();
        bool hit = r % 100 < hit_percent;
        uint64_t who = hit ? (r >> 8) % persons : persons + (r >> 8) % (persons * 7);
        make_number(who, number);
        make_name(who, name, sizeof name);
        if ((r >> 50) % 100 == 0 && !hit) {
            number[17] = number[17] == '1' ? '2' : '1';
        }
        unsigned month = 1 + (unsigned)((r >> 20) % 10), day = 1 + (unsigned)((r >> 24) % 28), fen = (unsigned)((r >> 30) % 900000);
        if (i % 1000 == (is_later ? 1 : 2)) {
            continue;
        }
        fen += is_later && i % 100 == 7 ? 50000 : 0;
        fprintf(f, "S%010" PRIu64 ",%s,%s,390,%s,2026-%02u-%02u,%u.%02u,%u.%02u,%u.%02u,2026-%02u-%02u 08:00:00\n", i, number, name,
                (r >> 40) % 100 < 3 ? "\"县医院,住院部\"" : "县人民医院", month, day, fen * 3 / 100, fen * 3 % 100, fen * 2 / 100,
                fen * 2 % 100, fen / 100, fen % 100, month, day);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fputs("make_data PERSONS RECORDS HIT_PERCENT ROSTER.csv STREAM.csv LATER.csv\n", stderr);
        return 2;
    }
    uint64_t persons = strtoull(argv[1], NULL, 10), records = strtoull(argv[2], NULL, 10);
    FILE *roster = fopen(argv[4], "w"), *stream = fopen(argv[5], "w"), *later = fopen(argv[6], "w");
    if (roster == NULL || stream == NULL || later == NULL) {
        perror("make_data");
        return 1;
    }
    write_roster(roster, persons);
    write_stream(stream, persons, records, (unsigned)strtoul(argv[3], NULL, 10), false);
    write_stream(later, persons, records, (unsigned)strtoul(argv[3], NULL, 10), true);
    return fclose(roster) != 0 || fclose(stream) != 0 || fclose(later) != 0;
}
