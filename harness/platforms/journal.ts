import { messageOf } from '../core/errors.ts';
import type { Host } from '../core/host.ts';

/** faasd's core services and functions log to the journal, each under `NAMESPACE:NAME`. */

const LOG_FOLDER = '/var/log/givre';
const GATHER_MS = 60_000;
/** The last so many lines of each; a function may have written for hours. */
const MOST_LINES = 100_000;

const SCRIPT = `command -v journalctl >/dev/null || { echo 'there is no journalctl'; exit 1; }
names=$(journalctl --no-pager --quiet --field=SYSLOG_IDENTIFIER) || exit 1
printf '%s\\n' "$names" | grep -q '^openfaas:' || { echo 'the journal holds nothing of core services'; exit 1; }
for id in $(printf '%s\\n' "$names" | grep -E '^[A-Za-z0-9][A-Za-z0-9._-]*:[A-Za-z0-9][A-Za-z0-9._-]*$'); do
  namespace=\${id%%:*} name=\${id#*:}
  case $namespace in
    openfaas) file=$1/$name.log ;;
    *) file=$1/functions/$namespace/$name.log ;;
  esac
  mkdir -p "\${file%/*}"
  journalctl --no-pager --quiet --utc --output=short-iso-precise --identifier="$id" --since="-$2s" --lines="$3" > "$file" || exit 1
  [ -s "$file" ] || rm "$file"
done`;

/** See `gatherLogs` of a platform. */
export async function gatherJournal(host: Host, sinceMs: number): Promise<void> {
  const words = [LOG_FOLDER, String(Math.ceil(sinceMs / 1000)), String(MOST_LINES)];
  const reason = await host
    .exec(['sh', '-c', SCRIPT, 'sh', ...words], { timeoutMs: GATHER_MS })
    .then(
      ({ exitCode, stdout, stderr }) =>
        exitCode === 0 ? undefined : `${stdout}${stderr}`.trim() || `exit code ${exitCode}`,
      messageOf,
    );
  if (reason === undefined) return;
  const note = `The logs of core services and functions were not seen: ${reason}\n`;
  // On a machine that takes no file either there is nothing to be collected.
  await host.writeFile(`${LOG_FOLDER}/journal-not-seen.log`, note, 0o644).catch(() => {});
}
