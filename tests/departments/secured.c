#include "tests/departments/secured.h"

#include <gnutls/gnutls.h>
#include <stdio.h>

#include "base/fs.h"

#define MAX_PEM ((size_t)64 << 10)

static char *read_pem(const char *dir, const char *name)
{
    char path[4096];
    static struct buf files[3];
    static size_t n;
    struct buf *b = &files[n++];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    buf_init(b, MAX_PEM);
    if (fs_read(path, MAX_PEM, b) != RC_OK || buf_putc(b, '\0') != RC_OK) {
        err_die(RC_IO, "%s", path);
    }
    return b->p;
}

bool secured_options(const char *dir, struct MHD_OptionItem ret[SECURED_OPTIONS])
{
    ret[0] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    if (dir == NULL) {
        return false;
    }
    ret[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, read_pem(dir, "server.pem")};
    ret[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, read_pem(dir, "server.key")};
    ret[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, read_pem(dir, "ca.pem")};
    ret[3] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return true;
}

bool secured_is_known(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned status = 0;
    if (info == NULL) {
        return true;
    }
    return gnutls_certificate_verify_peers2((gnutls_session_t)info->tls_session, &status) == 0 && status == 0;
}
