import { type IncomingMessage, METHODS } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import type { Body } from '../serving/workload.ts';

/** The routes of a workload. They read their requests with `bodyOf`. */
export type Routes = (bodyOf: (request: IncomingMessage) => Body) => FastifyPluginAsync;

// CONNECT never arrives as a request.
export const everyMethod = METHODS.filter((method) => method !== 'CONNECT');
export const plain = 'text/plain; charset=utf-8';
/** What every body is taken for: the type that a client names does not matter. */
export const assumedType = 'application/json';
