/* bidui consent load: what lookups that require a consent may ask by. */
#include "pipeline/cmd.h"
#include "pipeline/consent.h"

int cmd_consent_load(struct cli_args *args)
{
    struct session s;
    int64_t loaded = 0;
    enum rc rc = cmd_open(args, "consent load", &s);
    if (rc == RC_OK) {
        struct stage stage = cmd_stage(&s, (struct edition){.as_of = DATE_NONE});
        rc = consent_load(&stage, cli_operand(args, 0), cmd_actor(), stderr, &loaded);
    }
    if (rc == RC_OK) {
        printf(tr("已载入授权 %lld 条\n", "%lld consents loaded\n"), (long long)loaded);
    }
    int code = rc == RC_OK ? EXIT_PUBLISHED : cmd_fail("consent load");
    code = rc == RC_FORMAT ? EXIT_USAGE : code;
    cmd_close(&s);
    return code;
}
