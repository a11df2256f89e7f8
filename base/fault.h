/* Kill points. BIDUI_FAULT=count prints, when the main process ends, how many there were;
 * BIDUI_FAULT=run:N kills the whole run with SIGKILL at its Nth point, worker:N only the process that reaches it.
 * The counter is shared by all workers of a run (fault_setup before the first fork).
 * BIDUI_FAULT_KINDS=commit,fsync,rename,request limits which kinds count. */
#ifndef BIDUI_BASE_FAULT_H
#define BIDUI_BASE_FAULT_H

void fault_setup(void);
/* Called right after the commit, fsync, rename or request. */
void fault_point(const char *kind);
void fault_report(void);                 /* prints fault_points=N on stderr when counting */

#endif
