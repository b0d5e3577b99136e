// One image for all of Node's workloads but hello: WORKLOAD chooses, and only the code of the chosen one is loaded.
import { listen } from './serving/listen.ts';

// Before anything else: the first request may be on its way already, and nobody retries it.
const handOver = listen();
const { handlerOf } = await (process.env.FRAMEWORK === 'fastify' ? import('./fastify/index.ts') : import('./plain.ts'));
handOver(await handlerOf(process.env.WORKLOAD ?? ''));
