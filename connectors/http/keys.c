#include "connectors/http/settings.h"

static const char *const auth_kinds[] = {"none", "basic", "bearer", "api_key", NULL};
static const char *const methods[] = {"GET", "POST", NULL};
static const char *const paging_kinds[] = {"none", "page_number", "offset", "cursor", NULL};

static const struct key_spec auth_keys[] = {
    {.name = "kind", .type = KEY_CHOICE, .flags = KEY_REQUIRED, .choices = auth_kinds,
     .zh = "身份验证方式", .en = "how the interface wants to know who asks"},
    {.name = "user", .type = KEY_TEXT, .zh = "basic 的用户名", .en = "user name of basic"},
    {.name = "password", .type = KEY_SECRET, .zh = "basic 的密码", .en = "password of basic"},
    {.name = "token", .type = KEY_SECRET, .zh = "bearer 令牌", .en = "token of bearer"},
    {.name = "header", .type = KEY_TEXT, .zh = "api_key 所用的请求头", .en = "header that carries the API key"},
    {.name = "key", .type = KEY_SECRET, .zh = "API 密钥", .en = "API key"},
    {0},
};

static const struct key_spec ok_keys[] = {
    {.name = "pointer", .type = KEY_POINTER, .flags = KEY_REQUIRED, .zh = "返回码的位置", .en = "where the code stands"},
    {.name = "equals", .type = KEY_LIST_TEXT, .flags = KEY_REQUIRED, .zh = "表示成功的返回码", .en = "codes that mean success"},
    {.name = "retry_codes", .type = KEY_LIST_TEXT, .zh = "值得重试的返回码", .en = "codes worth asking again"},
    {0},
};

const struct key_spec http_connection_keys[] = {
    {.name = "base_url", .type = KEY_TEXT, .flags = KEY_REQUIRED, .zh = "接口地址,http:// 或 https:// 开头",
     .en = "address of the interface, http:// or https://"},
    {.name = "auth", .type = KEY_MAP, .children = auth_keys, .zh = "身份验证", .en = "credentials"},
    {.name = "timeout", .type = KEY_DURATION, .zh = "一次请求的时限,默认 30s", .en = "deadline of one request, 30s unless set"},
    {.name = "connect_timeout", .type = KEY_DURATION, .zh = "建立连接的时限,默认 10s",
     .en = "deadline of connecting, 10s unless set"},
    {.name = "parallel", .type = KEY_INT, .zh = "同时进行的请求数,默认 4", .en = "requests on their way at once, 4 unless set",
     .least = 1, .most = HTTP_MAX_PARALLEL},
    {.name = "ok", .type = KEY_MAP, .children = ok_keys, .zh = "HTTP 200 下的返回码", .en = "the code inside an HTTP 200"},
    {.name = "max_body", .type = KEY_INT, .zh = "一页正文的字节上限(解压前后),默认 67108864",
     .en = "most bytes of one body, packed and unpacked, 67108864 unless set", .least = 1024, .most = 1 << 30},
    {.name = "ca_file", .type = KEY_TEXT, .zh = "签发对方证书的 CA 文件", .en = "file with the CA of the server's certificate"},
    {0},
};

static const struct key_spec request_keys[] = {
    {.name = "method", .type = KEY_CHOICE, .choices = methods, .zh = "GET 或 POST(参数放入表单)",
     .en = "GET, or POST with the parameters as a form"},
    {.name = "path", .type = KEY_TEXT, .flags = KEY_REQUIRED, .zh = "base_url 之后的路径", .en = "path behind base_url"},
    {.name = "query", .type = KEY_MAP_OF_TEXT, .zh = "请求参数;{since} 是增量起点,没有起点时省去该参数",
     .en = "parameters; {since} is the instant to ask from, and the parameter is left out without one"},
    {.name = "headers", .type = KEY_MAP_OF_TEXT, .zh = "附加请求头", .en = "further headers"},
    {0},
};

static const struct key_spec paging_keys[] = {
    {.name = "kind", .type = KEY_CHOICE, .flags = KEY_REQUIRED, .choices = paging_kinds, .zh = "分页方式",
     .en = "how records are cut into pages"},
    {.name = "page", .type = KEY_TEXT, .zh = "页码参数名", .en = "parameter of the page number"},
    {.name = "offset", .type = KEY_TEXT, .zh = "偏移参数名", .en = "parameter of the offset"},
    {.name = "cursor", .type = KEY_TEXT, .zh = "游标参数名", .en = "parameter of the cursor"},
    {.name = "size", .type = KEY_TEXT, .zh = "每页条数参数名", .en = "parameter of the page size"},
    {.name = "limit", .type = KEY_TEXT, .zh = "每页条数参数名(offset)", .en = "parameter of the page size, for offset"},
    {.name = "page_size", .type = KEY_INT, .zh = "每页条数", .en = "records a page", .least = 1, .most = 100000},
    {.name = "first", .type = KEY_INT, .zh = "第一页的页码或偏移", .en = "number of the first page, or first offset",
     .least = 0, .most = 1000000},
    {.name = "initial", .type = KEY_TEXT, .zh = "第一次请求的游标", .en = "cursor to begin with"},
    {.name = "total", .type = KEY_POINTER, .zh = "总条数的位置", .en = "where the total stands"},
    {.name = "next", .type = KEY_POINTER, .zh = "下一个游标的位置", .en = "where the next cursor stands"},
    {0},
};

const struct key_spec http_dataset_keys[] = {
    {.name = "request", .type = KEY_MAP, .flags = KEY_REQUIRED, .children = request_keys, .zh = "请求", .en = "the request"},
    {.name = "paging", .type = KEY_MAP, .children = paging_keys, .zh = "分页,默认只有一页",
     .en = "paging; one page unless set"},
    {.name = "records", .type = KEY_POINTER, .flags = KEY_REQUIRED, .zh = "记录数组的位置", .en = "where the array of records stands"},
    {0},
};
