/* version: what siagad says it is. The build gives the number. */
#ifndef SIAGA_INGRESS_VERSION_H
#define SIAGA_INGRESS_VERSION_H

#ifndef SIAGA_DAEMON_VERSION
#define SIAGA_DAEMON_VERSION "0.1.0"
#endif

#endif
