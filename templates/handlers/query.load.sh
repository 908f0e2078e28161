#!/bin/sh
# Answers the query "load": serfnode query load
#
# The file's name says what it hears: query.NAME.sh, user.NAME.sh, member-join.sh, start.sh, all.sh.
# A query's payload, an event's payload or the members that joined come on stdin; SERF_SELF_ROLE,
# SERF_EVENT and so on are set as plain Serf does it. What is printed is the answer of a query.
cut -d ' ' -f 1-3 /proc/loadavg
