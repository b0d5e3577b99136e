import { orUndefined } from './errors.ts';
import { reaches, type VersionRange, versionHeaders } from './microversion.ts';
import { actionSchema, actionsSchema } from './nova-answers.ts';
import type { Service } from './service.ts';

/** Events are shown to everybody from 2.51 on, with their details from 2.84 on. */
const EVENTS = '2.51';
const EVENT_DETAILS = '2.84';

/** What went wrong in the newest of a server's actions that did; undefined when all went well, or nobody tells. */
export async function lastActionError(service: Service, id: string, range: VersionRange): Promise<string | undefined> {
  const wanted = [EVENT_DETAILS, EVENTS].find((version) => reaches(range, version));
  const headers = wanted === undefined ? {} : versionHeaders(wanted);
  const path = `/servers/${encodeURIComponent(id)}/os-instance-actions`;
  const listed = await orUndefined(service.read(actionsSchema, { method: 'GET', path, headers }));
  const failed = (listed?.instanceActions ?? [])
    .filter(({ message }) => message !== null && message !== undefined && message !== '')
    .sort((a, b) => a.start_time.localeCompare(b.start_time))
    .at(-1);
  if (failed === undefined) return undefined;
  const shown = await orUndefined(
    service.read(actionSchema, { method: 'GET', path: `${path}/${encodeURIComponent(failed.request_id)}`, headers }),
  );
  const event = shown?.instanceAction.events.find(({ result }) => result?.toLowerCase() === 'error');
  const words = event === undefined ? [] : [event.event, event.details ?? ''];
  return [`${failed.action}: ${failed.message ?? ''}`, ...words, `[${failed.request_id}]`].filter(Boolean).join(' ');
}
