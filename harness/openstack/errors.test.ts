import { describe, expect, test } from 'vitest';
import { messageIn, refusal } from './errors.ts';

describe('the words in an error’s body', () => {
  test.each([
    ['Nova', '{"badRequest": {"code": 400, "message": "Invalid imageRef"}}', 'Invalid imageRef'],
    ['Neutron', '{"NeutronError": {"type": "X", "message": "No such port", "detail": ""}}', 'No such port'],
    [
      'old Neutron',
      '{"NeutronError": "Request Failed: internal server error"}',
      'Request Failed: internal server error',
    ],
    ['Keystone', '{"error": {"code": 401, "message": "Please sign in", "title": "Unauthorized"}}', 'Please sign in'],
    ['Placement', '{"errors": [{"status": 400, "title": "Bad", "detail": "no such class"}]}', 'no such class'],
    ['a faultstring', '{"faultcode": "Server", "faultstring": "oops", "debuginfo": null}', 'oops'],
    [
      'Glance',
      '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  No image found with ID x<br /><br />\n\n\n </body>\n</html>',
      '404 Not Found No image found with ID x',
    ],
    [
      'a proxy',
      '<!DOCTYPE html><html><style>a{}</style><body><h1>503</h1> No server &amp; no luck</body>',
      '503 No server & no luck',
    ],
    ['plain text', '  upstream\n timed out ', 'upstream timed out'],
    ['nothing', '', ''],
    ['broken JSON', '{"badRequest": {"message": "In', '{"badRequest": {"message": "In'],
  ])('are found: %s', (_, body, words) => {
    expect(messageIn(body)).toBe(words);
  });

  test('are not endless', () => {
    expect(messageIn('x'.repeat(100_000))).toHaveLength(401);
  });
});

describe('a refusal', () => {
  const base = { service: 'compute', what: 'POST /v2.1/servers', requestId: 'req-1', location: undefined };
  const more = { ...base, retryAfterMs: undefined, uncertain: false };

  test.each([
    [403, '{"forbidden": {"message": "Quota exceeded for instances: Requested 1"}}', 'E_CLOUD_QUOTA', 3],
    [
      409,
      '{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: [port]"}}',
      'E_CLOUD_QUOTA',
      3,
    ],
    [413, '{"overLimit": {"message": "VolumeLimitExceeded: allowed quota"}}', 'E_CLOUD_QUOTA', 3],
    [409, '{"NeutronError": {"message": "No more IP addresses available on network n."}}', 'E_CLOUD_QUOTA', 3],
    [403, '{"forbidden": {"message": "Policy does not allow it"}}', 'E_CLOUD_FORBIDDEN', 4],
    [401, '{}', 'E_CLOUD_AUTH', 4],
    [404, '{}', 'E_CLOUD_NOT_FOUND', 4],
    [409, '{}', 'E_CLOUD_CONFLICT', 4],
    [429, '{}', 'E_CLOUD_BUSY', 4],
    [500, '{}', 'E_CLOUD_ANSWER', 4],
  ])('%i %s is %s', (status, text, code, exitCode) => {
    expect(refusal({ ...more, status, text })).toMatchObject({ code, exitCode, status, requestId: 'req-1' });
  });

  test('says who was asked what, the words of the service, and the request’s id', () => {
    const error = refusal({ ...more, status: 400, text: '{"badRequest": {"message": "Invalid imageRef"}}' });
    expect(error.message).toBe('compute answered POST /v2.1/servers with 400: Invalid imageRef [req-1]');
    expect(refusal({ ...more, status: 500, text: '', requestId: undefined }).message).toContain('500: (empty body)');
  });

  test('says where an endpoint has moved to, and how long to wait', () => {
    expect(refusal({ ...more, status: 301, text: '', location: 'https://h/' }).hint).toContain('to https://h/');
    expect(refusal({ ...more, status: 429, text: '', retryAfterMs: 90_000 }).hint).toContain('90 s');
  });
});
