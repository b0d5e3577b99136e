import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, usageError } from '../../harness/core/errors.ts';
import { catalogRewriter } from './faulty-cloud/catalog.ts';
import { type Answer, type LoggedRequest, openExchange, type Wiring } from './faulty-cloud/exchange.ts';
import { faults } from './faulty-cloud/faults.ts';
