/* What the tables of keys cannot say about files. */
#include "base/fs.h"
#include "connectors/document.h"
#include "connectors/file/file.h"

static void check_character(struct problems *problems, const struct yaml *format, const char *key,
                            size_t least)
{
    const struct yaml *node = yaml_get(format, key);
    if (node != NULL && node->kind == YAML_SCALAR && (node->text.n < least || node->text.n > 1)) {
        problem_add(problems, node, tr("例如 \",\" 或 \"\\t\"。", "For example \",\" or \"\\t\"."),
                    "%s", tr("应为一个 ASCII 字符", "expected one ASCII character"));
    }
}

static bool has(const struct yaml *map, const char *key)
{
    return map != NULL && yaml_get(map, key) != NULL;
}

static bool has_scheme(const struct yaml *connection, const char *scheme)
{
    struct str url = yaml_text(connection, "url");
    return str_starts(url, str_from(scheme)) &&
           str_starts(str_sub(url, strlen(scheme), url.n), STR("://"));
}

/* A key that says nothing under this scheme is a misunderstanding. */
static void check_belongs(struct problems *problems, const struct yaml *connection, const char *key,
                          bool belongs)
{
    if (has(connection, key) && !belongs) {
        problem_add(problems, yaml_get(connection, key),
                    tr("删去它,或核对 url。", "Drop it, or look at url."), "%s",
                    tr("这种 connection 不用这个键", "this connection has no use for it"));
    }
}

static void check_scheme(const struct yaml *url, struct problems *problems)
{
    int port = 0;
    size_t end = str_find(url->text, ':');
    char scheme[16] = "";
    if (str_starts(url->text, STR("${"))) {
        return;
    }
    if (end < sizeof scheme) {
        memcpy(scheme, url->text.p, end);
    }
    if (place_find(scheme, &port) == NULL) {
        problem_add(problems, url, "sftp://HOST/FOLDER", "%s",
                    tr("应以 sftp://、ftps://、https:// 或 http:// 开头",
                       "must begin with sftp://, ftps://, https:// or http://"));
    }
    if (str_find(url->text, '@') < url->text.n) {
        problem_add(problems, url, tr("写 user 和 password。", "Say user and password."), "%s",
                    tr("用户名和密码不写在 url 里", "user and password have no place in url"));
    }
}

static void check_sftp(const struct yaml *connection, struct problems *problems)
{
    const struct yaml *url = yaml_get(connection, "url");
    if (!has(connection, "host_key")) {
        problem_add(
            problems, url,
            tr("在服务器上运行 ssh-keygen -lf 取得指纹,写 host_key: [\"SHA256:…\"]。",
               "Get the fingerprint by ssh-keygen -lf on the server: host_key: [\"SHA256:...\"]."),
            "%s", tr("SFTP 必须写明 host_key", "SFTP needs host_key"));
    }
    if (!has(connection, "user") || has(connection, "key") == has(connection, "password")) {
        problem_add(
            problems, url,
            tr("写 user,以及 key 或 password 之一。", "Say user, and either key or password."),
            "%s", tr("SFTP 要有 user 和一种凭据", "SFTP needs user and one credential"));
    }
    const struct yaml *keys = yaml_get(connection, "host_key");
    for (const struct yaml *item = keys != NULL && keys->kind == YAML_LIST ? keys->first : NULL;
         item != NULL; item = item->next) {
        if (!str_starts(item->text, STR("SHA256:")) && !str_starts(item->text, STR("${")) &&
            str_find(item->text, ' ') == item->text.n) {
            problem_add(problems, item, "SHA256:...", "%s",
                        tr("应为 SHA256: 指纹或 known_hosts 中的一行",
                           "expected a SHA256: fingerprint or a line of known_hosts"));
        }
    }
}

static void check_connection(const struct yaml *connection, struct problems *problems)
{
    const struct yaml *url = connection != NULL ? yaml_get(connection, "url") : NULL;
    if (connection == NULL || connection->kind != YAML_MAP) {
        return;
    }
    if (has(connection, "folder") == (url != NULL)) {
        problem_add(problems, connection,
                    tr("本机写 folder,别处写 url。", "folder on this machine, url elsewhere."),
                    "%s",
                    tr("folder 和 url 应写且只写一个", "exactly one of folder and url is needed"));
        return;
    }
    bool is_sftp = has_scheme(connection, "sftp"),
         is_tls = has_scheme(connection, "ftps") || has_scheme(connection, "https");
    bool is_open = url != NULL && str_starts(url->text, STR("${"));
    if (url != NULL && url->kind == YAML_SCALAR) {
        check_scheme(url, problems);
    }
    if (is_sftp) {
        check_sftp(connection, problems);
    }
    check_belongs(problems, connection, "user", url != NULL);
    check_belongs(problems, connection, "password", url != NULL);
    check_belongs(problems, connection, "timeout", url != NULL);
    check_belongs(problems, connection, "key", is_sftp || is_open);
    check_belongs(problems, connection, "key_password",
                  (is_sftp || is_open) && has(connection, "key"));
    check_belongs(problems, connection, "host_key", is_sftp || is_open);
    check_belongs(problems, connection, "ca", is_tls || is_open);
}

/* What becomes of a file where it lies. */
static void check_place(const struct yaml *connection, const struct yaml *settings,
                        struct problems *problems)
{
    const struct yaml *after = yaml_get(settings, "after");
    bool is_http =
        connection != NULL && (has_scheme(connection, "http") || has_scheme(connection, "https"));
    bool is_far = connection != NULL && has(connection, "url"),
         moves = after != NULL && str_is(after->text, "move");
    if (is_http && after != NULL && !str_is(after->text, "keep")) {
        problem_add(problems, after, "after: keep", "%s",
                    tr("HTTP 上的文件只能保留", "files behind HTTP can only be kept"));
    }
    if (moves && !is_far) {
        problem_add(problems, after,
                    tr("本机文件夹用 delete、archive 或 keep。",
                       "A folder here has delete, archive or keep."),
                    "%s", tr("只有 SFTP 和 FTPS 能 move", "only SFTP and FTPS can move"));
    }
    if (moves != has(settings, "move_to")) {
        problem_add(problems, moves ? after : yaml_get(settings, "move_to"),
                    "after: move, move_to: FOLDER", "%s",
                    tr("after: move 与 move_to 要一起写", "after: move and move_to go together"));
    }
}

static void check_pattern(const struct yaml *connection, const struct yaml *settings,
                          struct problems *problems)
{
    const struct yaml *match = yaml_get(settings, "match");
    struct pattern *pattern = NULL;
    if (match == NULL || match->kind != YAML_SCALAR) {
        return;
    }
    if (pattern_read(problems->arena, match->text.p, &pattern) != RC_OK) {
        problem_add(problems, match,
                    tr("例如 鉴定_{yyyyMMdd}.xlsx。", "For example house_{yyyyMMdd}.xlsx."), "%s",
                    err_detail());
        err_clear();
        return;
    }
    bool is_http =
        connection != NULL && (has_scheme(connection, "http") || has_scheme(connection, "https"));
    if (is_http && !pattern_is_literal(pattern)) {
        problem_add(
            problems, match,
            tr("写全名,日期可用 {yyyyMMdd}。", "Write the whole name; a date may be {yyyyMMdd}."),
            "%s", tr("HTTP 没有目录,不能用通配符", "HTTP has no folders to search: no wildcards"));
    }
    pattern_free(pattern);
}

/* Where the records of a document stand is never guessed. */
static void check_records(const struct yaml *settings, struct problems *problems)
{
    struct str kind = yaml_text(yaml_get(settings, "format"), "kind");
    bool wants = str_is(kind, "json") || str_is(kind, "xml");
    if (wants && !has(settings, "records")) {
        problem_add(problems, yaml_get(settings, "format"), "records: /data/rows", "%s",
                    tr("json 和 xml 要写明 records", "json and xml need records"));
    }
    if (!wants && has(settings, "records")) {
        problem_add(problems, yaml_get(settings, "records"), "format: {kind: json}", "%s",
                    tr("records 只用于 format.kind: json 或 xml",
                       "records is for format.kind: json or xml"));
    }
}

static bool reads_column(const struct yaml *settings, struct str column)
{
    const struct yaml *fields = yaml_get(settings, "fields"), *identity = yaml_get(settings, "identity");
    bool reads = false;
    for (const struct yaml *f = has(settings, "fields") && fields->kind == YAML_MAP ? fields->first : NULL;
         f != NULL; f = f->next) {
        reads = reads || (f->kind == YAML_MAP && str_eq(yaml_text(f, "from"), column));
    }
    for (const struct yaml *f = has(settings, "identity") && identity->kind == YAML_MAP ? identity->first : NULL;
         f != NULL; f = f->next) {
        reads = reads || (f->kind == YAML_SCALAR && str_eq(f->text, column));
    }
    return reads;
}

static void check_parts(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *parts = yaml_get(settings, "parts"), *take = yaml_get(settings, "take");
    const struct yaml *sheets = yaml_get(yaml_get(settings, "format"), "sheets");
    if (parts == NULL || parts->kind != YAML_MAP) {
        return;
    }
    const struct yaml *on = yaml_get(parts, "on");
    if (on != NULL && on->kind == YAML_SCALAR && !reads_column(settings, on->text)) {
        problem_add(problems, on, tr("例如 on: 户编号。", "For example on: household_no."), "%s",
                    tr("没有字段或 identity 读取这一列", "no field and no identity reads this column"));
    }
    if (has(settings, "incremental")) {
        problem_add(problems, parts, tr("删去 incremental。", "Remove incremental."), "%s",
                    tr("parts 只用于整册导出", "parts are for whole exports alone"));
    }
    if (take != NULL && str_is(take->text, "all")) {
        problem_add(problems, take, tr("删去 take。", "Remove take."), "%s",
                    tr("parts 读最新日期的全部文件", "of parts all files of the latest date are read"));
    }
    if (sheets != NULL) {
        problem_add(problems, sheets, tr("写在 parts.households.sheets 和 parts.persons.sheets。",
                                         "Say parts.households.sheets and parts.persons.sheets."),
                    "%s", tr("有 parts 时不写 format.sheets", "with parts format.sheets has no meaning"));
    }
}

static void check_exported(const struct yaml *settings, struct problems *problems)
{
    const struct yaml *exported = yaml_get(settings, "exported_on");
    struct str match = yaml_text(settings, "match");
    if (exported != NULL && str_is(exported->text, "file_name") && str_find(match, '{') == match.n) {
        problem_add(problems, exported, "match: \"roster_{yyyyMMdd}*.xlsx\"", "%s",
                    tr("match 中没有日期", "there is no date in match"));
    }
}

/* As far as words go; what only shows on the spot (links, values) is looked at when a list goes out. */
static bool lists_lie_apart(struct arena *a, const struct yaml *connection, struct str to)
{
    struct str folder = yaml_text(connection, "folder"), url = yaml_text(connection, "url");
    if (str_is_null(folder)) {
        size_t host = str_find(url, ':') + strlen("://");
        struct str path = str_sub(url, host, url.n);
        (void)str_cut(&path, '/');
        folder = str_starts(to, STR("/")) ? str_from(arena_printf(a, "/%.*s", STR_ARGS(path))) : STR(".");
    }
    return !str_eq(fs_tidy(a, folder), fs_tidy(a, to));
}

/* A list that goes out where what comes back is read would be taken for it. */
static void check_list(const struct yaml *connection, const struct yaml *settings, struct problems *problems)
{
    const struct yaml *list = yaml_get(yaml_get(settings, "ask"), "list"), *url = yaml_get(connection, "url");
    const struct yaml *to = yaml_get(list, "to"), *take = yaml_get(settings, "take");
    if (list == NULL || list->kind != YAML_MAP) {
        return;
    }
    if (url != NULL && url->kind == YAML_SCALAR && !has_scheme(connection, "sftp") && !str_starts(url->text, STR("${"))) {
        problem_add(problems, list, tr("用本机文件夹或 sftp://。", "Use a folder here, or sftp://."), "%s",
                    tr("名单只能放到本机文件夹或 SFTP", "name lists go to folders here or to SFTP alone"));
    }
    if (to != NULL && to->kind == YAML_SCALAR && !lists_lie_apart(problems->arena, connection, to->text)) {
        problem_add(problems, to, "to: \"${env:BANK_DIR}/out\"", "%s",
                    tr("不能与读取退回名单的文件夹相同:送出的名单会被当作退回的",
                       "must be another folder than the one where what comes back is read"));
    }
    if (take != NULL && str_is(take->text, "newest")) {
        problem_add(problems, take, tr("删去 take。", "Remove take."), "%s",
                    tr("退回的名单每份都要读", "of lists that come back each one is read"));
    }
}

void file_check(const struct yaml *connection, const struct yaml *settings,
                struct problems *problems)
{
    bool is_first = settings == NULL || settings->parent == NULL || settings->index == 0;
    if (is_first) { /* told once, not with every dataset */
        check_connection(connection, problems);
    }
    if (settings == NULL) {
        return;
    }
    check_place(connection, settings, problems);
    check_pattern(connection, settings, problems);
    check_records(settings, problems);
    check_parts(settings, problems);
    check_exported(settings, problems);
    check_list(connection, settings, problems);
    const struct yaml *format = yaml_get(settings, "format"), *ready = yaml_get(settings, "ready");
    const struct yaml *after = yaml_get(settings, "after"), *match = yaml_get(settings, "match");
    document_check_format(format, problems);
    check_character(problems, format, "delimiter", 1);
    check_character(problems, format, "quote", 0);
    bool archives = after != NULL && str_is(after->text, "archive");
    if (archives && yaml_get(settings, "archive") == NULL) {
        problem_add(problems, after, tr("写明 archive: 文件夹。", "Say archive: FOLDER."), "%s",
                    tr("after: archive 需要 archive", "after: archive needs archive"));
    }
    if (!archives && yaml_get(settings, "archive") != NULL) {
        problem_warn(
            problems, yaml_get(settings, "archive"),
            tr("写 after: archive,或删去 archive。", "Say after: archive, or drop archive."), "%s",
            tr("没有 after: archive 时 archive 不起作用",
               "archive does nothing without after: archive"));
    }
    if (ready != NULL && ready->kind == YAML_MAP && ready->n == 0) {
        problem_add(problems, ready, "ready: {marker: \".done\"}", "%s",
                    tr("应写明 marker、stable 或 checksum", "expected marker, stable or checksum"));
    }
    if (match != NULL && match->kind == YAML_SCALAR && str_find(match->text, '/') < match->text.n) {
        problem_add(
            problems, match,
            tr("文件夹写在 connection.folder。", "The folder belongs to connection.folder."), "%s",
            tr("match 只能是文件名", "match is for names only"));
    }
}
