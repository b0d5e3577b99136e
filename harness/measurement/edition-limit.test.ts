import { expect, test } from 'vitest';
import { GatewayError } from '../platforms/gateway-client.ts';
import { editionLimitOf } from './edition-limit.ts';

const refused = (status: number, line: string) => new GatewayError('POST', '/system/functions', status, line);

test('the refusal of an edition says how many functions it allows', () => {
  const faasd = 'the OpenFaaS CE EULA allows 15/16 function(s), upgrade to faasd Pro to continue';
  expect(editionLimitOf(refused(400, faasd))).toBe(15);
  expect(editionLimitOf(refused(400, 'unable to create function, maximum: 30'))).toBe(30);
});

test('a full machine, a limit on namespaces and other refusals are none of an edition', () => {
  const others = [
    refused(400, 'unable to start task: hello-16, error: fork/exec /proc/self/exe: cannot allocate memory'),
    refused(400, 'the OpenFaaS CE EULA allows 1/2 namespace(s), upgrade to faasd Pro to continue'),
    refused(500, 'the OpenFaaS CE EULA allows 15/16 function(s)'),
    new Error('the OpenFaaS CE EULA allows 15/16 function(s)'),
  ];
  expect(others.map(editionLimitOf)).toEqual([undefined, undefined, undefined, undefined]);
});
