import { everyMethod, plain, type Routes } from './routes.ts';

export const bodyLimitBytes = Number.POSITIVE_INFINITY;

export const routes: Routes = () => async (app) => {
  app.route({
    method: everyMethod,
    url: '/',
    handler: (_request, reply) => reply.type(plain).send('Hello from givre\n'),
  });
};
