import { errorAnswer, htmlAnswer } from './error-bodies.ts';
import { type Fault, fault, faultOfNumber, faultOfText } from './fault.ts';

/** Answers that say no. None but 504 lets the cloud have the request. */
export const statusFaults = {
  '400': refusal(400, 'Invalid input for field/attribute server.'),
  '401': refusal(401, 'The request you have made requires authentication.'),
  '403': refusal(403, "Policy doesn't allow this to be performed."),
  '404': refusal(404, 'The resource could not be found.'),
  '409': refusal(409, 'Cannot do this while the resource is in use.'),
  '413': refusal(413, 'This request was rate-limited.', { 'retry-after': '1' }),
  '500': refusal(500, 'Unexpected API Error. <class oslo_db.exception.DBDeadlock>'),
  '503': refusal(503, 'The server is currently unavailable. Please try again at a later time.'),
  'over-quota': fault('quota exceeded, as Nova (403) or Neutron (409) puts it', (it) => {
    const [status, message] =
      it.service === 'network'
        ? [409, "Quota exceeded for resources: ['port']."]
        : [403, 'Quota exceeded for instances: Requested 1, but already used 10 of 10 instances'];
    return it.reply(errorAnswer(it.service, status, message));
  }),
  '429': faultOfNumber('429 with Retry-After: VALUE seconds', 1, (it, seconds) =>
    it.reply(errorAnswer(it.service, 429, 'Too many requests.', { 'retry-after': String(seconds) })),
  ),
  '429-date': faultOfNumber('429 with Retry-After as a date, VALUE seconds from now', 2, (it, seconds) => {
    const date = new Date(Date.now() + seconds * 1000).toUTCString();
    return it.reply(errorAnswer(it.service, 429, 'Too many requests.', { 'retry-after': date }));
  }),
  '502': fault('502 with the HTML of a load balancer', (it) => it.reply(htmlAnswer(502, '502 Bad Gateway'))),
  '504': fault('the cloud does what it was asked to; the load balancer says 504 in HTML', async (it) => {
    await it.forward();
    await it.reply(htmlAnswer(504, '504 Gateway Time-out'));
  }),
  'login-page': fault('200 with the HTML of some login page', (it) => it.reply(htmlAnswer(200, 'Please log in'))),
  redirect: fault('302 to another host', (it) =>
    it.reply({ status: 302, headers: { location: 'http://elsewhere.invalid/login' }, body: Buffer.alloc(0) }),
  ),
} satisfies Readonly<Record<string, Fault>>;

function refusal(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return faultOfText(`${status} in the service's own form, VALUE as the message`, message, (it, text) =>
    it.reply(errorAnswer(it.service, status, text, headers)),
  );
}
