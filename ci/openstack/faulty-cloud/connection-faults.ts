import { type Fault, fault, faultOfNumber } from './fault.ts';

/** What is lost, late, refused or cannot be read. */
export const connectionFaults = {
  'lost-request': fault('the connection is reset before the cloud has seen the request', async (it) => it.reset()),
  'lost-answer': fault('the cloud does what it was asked to, then the connection is reset', async (it) => {
    await it.forward();
    it.reset();
  }),
  'late-request': faultOfNumber(
    'the connection is reset; the cloud gets the request VALUE ms later',
    1000,
    async (it, ms) => {
      await it.hold();
      it.reset();
      await it.sleep(ms);
      await it.forward();
    },
  ),
  delay: faultOfNumber('the cloud gets the request VALUE ms later', 1000, async (it, ms) => {
    await it.sleep(ms);
    await it.pass();
  }),
  hang: fault('nothing reaches the cloud, and no answer ever comes', (it) => it.gone()),
  'hang-after': fault('the cloud does what it was asked to, and no answer ever comes', async (it) => {
    await it.forward();
    await it.gone();
  }),
  crash: faultOfNumber(
    'the connection is reset, and the service refuses new ones for VALUE ms',
    2000,
    async (it, ms) => {
      await it.refuse(ms);
      it.reset();
    },
  ),
  garbage: fault('the answer is no HTTP', async (it) => it.replyRaw('\x16\x03\x01 what?\r\n\r\n')),
  drip: faultOfNumber('the answer comes one byte every VALUE ms', 100, async (it, everyMs) => {
    const answer = await it.forward();
    await it.replySlowly(answer, everyMs);
  }),
  'cut-body': fault('the connection is reset in the middle of the answer', async (it) => {
    const answer = await it.forward();
    await it.replyPartly(answer, answer.body.length / 2);
  }),
  'truncated-json': fault('the JSON of the answer ends in the middle', async (it) => {
    const answer = await it.forward();
    await it.reply({ ...answer, body: answer.body.subarray(0, answer.body.length / 2) });
  }),
  'empty-body': fault('the status is right and the body is empty', async (it) => {
    await it.reply({ ...(await it.forward()), body: Buffer.alloc(0) });
  }),
  'wrong-shape': fault('the status is right and the body is JSON of another shape', async (it) => {
    await it.reply({ ...(await it.forward()), body: Buffer.from('{"unexpected": ["shape"]}') });
  }),
} satisfies Readonly<Record<string, Fault>>;
