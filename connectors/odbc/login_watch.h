/* A server that takes the connection and then says nothing: drivers wait for its greeting for ever, whatever login
 * timeout they were given. Between begin and end the sockets that were opened since are shut down when the time is
 * over, so that whoever waits at one reads its end. SIGALRM and the real-time timer are ours for so long. */
#ifndef BIDUI_CONNECTORS_ODBC_LOGIN_WATCH_H
#define BIDUI_CONNECTORS_ODBC_LOGIN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

void login_watch_begin(int64_t ms);
bool login_watch_end(void); /* was the time over? */

#endif
