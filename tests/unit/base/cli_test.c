#include "base/cli.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "tests/unit/base/capture.h"

static char out[20000];

/* What the command saw. */
static int show(const char *command, const struct cli_args *a)
{
    const char *config = cli_value(a, "config");
    const char *date = cli_value(a, "date");
    printf("%s config=%s date=%s json=%d operands=", command, config ? config : "-",
           date ? date : "-", cli_has(a, "json"));
    for (size_t i = 0; i < cli_operand_count(a); i++) {
        printf("%s%s", i > 0 ? "," : "", cli_operand(a, i));
    }
    printf("%s\n", cli_operand(a, cli_operand_count(a)) == NULL ? "" : "!");
    return 3;
}

static int run_run(struct cli_args *a)
{
    return show("run", a);
}
static int run_load(struct cli_args *a)
{
    return show("roster load", a);
}
static int run_review(struct cli_args *a)
{
    return show("review", a);
}
static int run_list(struct cli_args *a)
{
    return show("review list", a);
}

static const struct cli_option run_options[] = {
    {"date", "YYYY-MM-DD", "名单日期", "date of the list"},
    {"new-edition", NULL, "出新版", "open a new edition"},
    {NULL, NULL, NULL, NULL},
};
static const struct cli_option common[] = {
    {"config", "DIR", "配置文件夹", "configuration folder"},
    {"json", NULL, "输出 JSON", "print JSON"},
    {NULL, NULL, NULL, NULL},
};
static const struct cli_command commands[] = {
    {"run", "", 0, 0, run_options, "每晚的运行", "the nightly", run_run},
    {"roster load", "[FILE...]", 0, -1, NULL, "更新底册", "bring the roster up to date", run_load},
    {"review", "", 0, 0, run_options, "待核", "links that need a person", run_review},
    {"review list", "WHAT [MORE]", 1, 2, NULL, "列出待核", "list them", run_list},
    {0},
};

static const char *command_line;
static int muted;

static void run_command_line(void)
{
    if (muted >= 0) {
        dup2(open("/dev/null", O_WRONLY), muted);
    }
    static char text[500];
    static char *argv[20];
    int argc = 0;
    snprintf(text, sizeof text, "bidui %s", command_line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    int code = cli_main(argc, argv, commands, common);
    fflush(stdout);
    _exit(code);
}

static int run_catching(int fd, const char *line)
{
    command_line = line;
    muted = fd == STDOUT_FILENO ? STDERR_FILENO : -1;
    return exit_code(capture(fd, run_command_line, out, sizeof out));
}

static void assert_runs(const char *line, const char *seen)
{
    assert_int_equal(run_catching(STDOUT_FILENO, line), 3);
    assert_string_equal(out, seen);
}

static void assert_usage(const char *line, const char *message)
{
    assert_int_equal(run_catching(STDOUT_FILENO, line), 2);
    assert_string_equal(out, "");
    assert_int_equal(run_catching(STDERR_FILENO, line), 2);
    assert_string_equal(out, message);
}

static int in_english(void **state)
{
    (void)state;
    lang_set(true);
    return 0;
}

static void commands_of_one_and_two_words(void **state)
{
    (void)state;
    assert_runs("run", "run config=- date=- json=0 operands=\n");
    assert_runs("roster load", "roster load config=- date=- json=0 operands=\n");
    assert_runs("roster load a.csv b.csv",
                "roster load config=- date=- json=0 operands=a.csv,b.csv\n");
    assert_runs("review", "review config=- date=- json=0 operands=\n");
    assert_runs("review list x", "review list config=- date=- json=0 operands=x\n");
}

static void options_anywhere_in_both_forms(void **state)
{
    (void)state;
    assert_runs("run --date 2026-11-22 --json", "run config=- date=2026-11-22 json=1 operands=\n");
    assert_runs("run --date=2026-11-22", "run config=- date=2026-11-22 json=0 operands=\n");
    assert_runs("--config /etc run", "run config=/etc date=- json=0 operands=\n");
    assert_runs("--config=/etc --json run", "run config=/etc date=- json=1 operands=\n");
    assert_runs("run --config=a=b", "run config=a=b date=- json=0 operands=\n");
    assert_runs("run --config=", "run config= date=- json=0 operands=\n");
    assert_runs("roster load a --json b", "roster load config=- date=- json=1 operands=a,b\n");
}

static void dashes(void **state)
{
    (void)state;
    assert_runs("roster load -", "roster load config=- date=- json=0 operands=-\n");
    assert_runs("roster load -- --json -x",
                "roster load config=- date=- json=0 operands=--json,-x\n");
    assert_runs("run --date -1", "run config=- date=-1 json=0 operands=\n");
}

static void wrong_usage_exits_2(void **state)
{
    (void)state;
    assert_usage("", "bidui: wrong usage: no command given\n  hint: Run bidui help.\n");
    assert_usage("rnu", "bidui: wrong usage: no command rnu\n  hint: Did you mean run?\n");
    assert_usage("rostr load x",
                 "bidui: wrong usage: no command rostr\n  hint: Did you mean roster load?\n");
    assert_usage("roster",
                 "bidui: wrong usage: after roster comes one of: load\n  hint: Run bidui help.\n");
    assert_usage("roster lod", "bidui: wrong usage: after roster comes one of: load\n"
                               "  hint: Did you mean roster load?\n");
    assert_usage("hlep", "bidui: wrong usage: no command hlep\n  hint: Did you mean help?\n");
    assert_usage("help rnu", "bidui: wrong usage: no command rnu\n  hint: Did you mean run?\n");
    assert_usage("zzzz", "bidui: wrong usage: no command zzzz\n  hint: Run bidui help.\n");
    assert_usage("--date=1 run", "bidui: wrong usage: no option --date\n  hint: Run bidui help.\n");
}

static void wrong_options_and_operands(void **state)
{
    (void)state;
    assert_usage("run --dat=x",
                 "bidui: run: wrong usage: no option --dat\n  hint: Did you mean --date?\n");
    assert_usage("run --confg x",
                 "bidui: run: wrong usage: no option --confg\n  hint: Did you mean --config?\n");
    assert_usage("run --hlep",
                 "bidui: run: wrong usage: no option --hlep\n  hint: Did you mean --help?\n");
    assert_usage("run -x", "bidui: run: wrong usage: no option -x\n  hint: See bidui help run.\n");
    assert_usage("run --date", "bidui: run: wrong usage: option --date lacks its value YYYY-MM-DD\n"
                               "  hint: See bidui help run.\n");
    assert_usage("run --date --json",
                 "bidui: run: wrong usage: option --date lacks its value YYYY-MM-DD\n"
                 "  hint: See bidui help run.\n");
    assert_usage("run --json=1", "bidui: run: wrong usage: option --json takes no value\n"
                                 "  hint: See bidui help run.\n");
    assert_usage("run --json --json", "bidui: run: wrong usage: option --json is given twice\n"
                                      "  hint: See bidui help run.\n");
    assert_usage("run x", "bidui: run: wrong usage: too many operands, 0 at most\n"
                          "  hint: See bidui help run.\n");
    assert_usage("review list", "bidui: review list: wrong usage: operands missing: WHAT [MORE]\n"
                                "  hint: See bidui help review list.\n");
    assert_usage("review list a b c",
                 "bidui: review list: wrong usage: too many operands, 2 at most\n"
                 "  hint: See bidui help review list.\n");
}

static void assert_prints(const char *line, const char *part)
{
    assert_int_equal(run_catching(STDOUT_FILENO, line), 0);
    if (strstr(out, part) == NULL) {
        fail_msg("%s\nprinted:\n%s\nwanted: %s", line, out, part);
    }
}

static void help_and_version(void **state)
{
    (void)state;
    assert_prints("--version", "bidui 0.1.0\n");
    const char *ways[] = {"help", "--help", "-h"};
    for (size_t i = 0; i < 3; i++) {
        assert_prints(ways[i], "usage: bidui COMMAND");
        assert_prints(ways[i], "\n  roster load   bring the roster up to date\n");
        assert_prints(ways[i], "\n  --config DIR  configuration folder\n");
    }
    const char *of_list[] = {"help review list", "review list --help", "review list a b c --help"};
    for (size_t i = 0; i < 3; i++) {
        assert_prints(of_list[i],
                      "usage: bidui review list [OPTIONS] WHAT [MORE]\n\n  list them\n");
    }
    assert_prints("run --help", "\nOptions:\n  --date YYYY-MM-DD  date of the list\n");
    assert_prints("run --help", "\n  --json             print JSON\n");
    lang_set(false);
    assert_prints("help", "用法: bidui 命令");
}

static void print_completion(void)
{
    cli_print_completion(commands, common);
    fflush(stdout);
}

static char folder[] = "/tmp/bidui-cli-XXXXXX";

/* Sources the script in bash and asks what it would offer for the words given, the last being
 * typed. */
static const char *completed(const char *words)
{
    static char answer[1000];
    char command[1000];
    snprintf(command, sizeof command,
             "cd %s && bash -c '. ./bidui; COMP_WORDS=(bidui %s); COMP_CWORD=$((${#COMP_WORDS[@]} "
             "- 1)); "
             "_bidui; echo ${COMPREPLY[*]}'",
             folder, words);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    size_t n = fread(answer, 1, sizeof answer - 1, p);
    answer[n > 0 ? n - 1 : 0] = '\0';
    assert_int_equal(pclose(p), 0);
    return answer;
}

static void the_completion_script_completes(void **state)
{
    (void)state;
    capture(STDOUT_FILENO, print_completion, out, sizeof out);
    assert_non_null(mkdtemp(folder));
    char path[100];
    snprintf(path, sizeof path, "%s/bidui", folder);
    assert_int_equal(fs_write_synced(path, str_from(out)), RC_OK);
    assert_string_equal(completed("r"), "run roster review");
    assert_string_equal(completed("ro"), "roster");
    assert_string_equal(completed("roster \"\""), "load");
    assert_string_equal(completed("review l"), "list");
    assert_string_equal(completed("run --"), "--date --new-edition --config --json --help");
    assert_string_equal(completed("roster load --c"), "--config");
    assert_string_equal(completed("--config /etc ru"), "run");
    assert_string_equal(completed("run --date \"\""), "");
    assert_string_equal(completed("help re"), "review");
    assert_string_equal(completed("review list x --n"), "");
    assert_string_equal(completed("run --new-edition --n"), "--new-edition");
    assert_string_equal(completed("--v"), "--version");
    assert_int_equal(fs_remove_tree(folder), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(commands_of_one_and_two_words, in_english),
        cmocka_unit_test_setup(options_anywhere_in_both_forms, in_english),
        cmocka_unit_test_setup(dashes, in_english),
        cmocka_unit_test_setup(wrong_usage_exits_2, in_english),
        cmocka_unit_test_setup(wrong_options_and_operands, in_english),
        cmocka_unit_test_setup(help_and_version, in_english),
        cmocka_unit_test_setup(the_completion_script_completes, in_english),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
