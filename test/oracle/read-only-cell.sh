#!/bin/sh
# usage: unshare -m sh read-only-cell.sh FRESH_TMP TASK_ROOT [EXPOSED...] -- COMMAND...
# The file system as a function meets it: everything read-only, and a /tmp of its own that starts empty. What the command
# needs from the real /tmp (the task root itself, an interpreter) is shown again inside.
set -eu
fresh=$1
task=$2
shift
for path in "$@"; do
  [ "$path" = -- ] && break
  case $path in
    /tmp/*)
      inside="$fresh/${path#/tmp/}"
      mkdir -p "$inside"
      mount --rbind "$path" "$inside"
      ;;
  esac
done
while [ "$1" != -- ]; do shift; done
shift
mount --rbind "$fresh" /tmp
mount -o remount,ro,bind / 2>/dev/null || :
mount --bind "$task" "$task"
mount -o remount,ro,bind "$task"
# A mount that silently stayed writable would make every test of this kind meaningless.
if (: >"$task/.to-serverless-probe") 2>/dev/null; then
  echo 'the task root is still writable' >&2
  exit 97
fi
cd "$task"
exec "$@"
