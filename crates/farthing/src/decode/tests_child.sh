#!/bin/sh
# Stands in for the child in tests: does what the name of the file that it is to decode says.
read -r order
case "$order" in
    *silent*) exec sleep 1000 ;;
    *talkative*) while :; do echo '{"Progress":[7,1]}'; done ;;
    *killed*) kill -9 $$ ;;
    *slow-to-die*) exec >&-; sleep 0.2; kill -11 $$ ;;
    *greedy*) echo 'memory allocation of 99 bytes failed' >&2; kill -6 $$ ;;
    *busy*) kill -24 $$ ;;
    *endless*) kill -25 $$ ;;
    *panic*) echo '{"Begins":"second.csv"}'; echo 'index out of bounds (page.rs:7)' >&2; exit 101 ;;
    *liar*) echo 'all is well' ;;
    *half*) printf '{"Done":' ;;
    *refused*) echo '{"Refused":{"message":"row 1: nothing of use","blame":"Files"}}'; exec sleep 1000 ;;
    *disk*) echo '{"Refused":{"message":"no room","blame":"Lake"}}' ;;
    *environment*) echo "[$(env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=)]" >&2; exit 3 ;;
esac
