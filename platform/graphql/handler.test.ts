import { ApolloServer, type ApolloServerOptions, type BaseContext } from '@apollo/server';
import {
  type CreateServerForIntegrationTestsOptions,
  defineIntegrationTestSuite,
} from '@apollo/server-integration-testsuite';
import { HttpServer } from '../http/server';
import { silentLogger } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { answerByApolloServer, readGraphQLBody } from './handler';

describe('GraphQL over HTTP passes the integration suite of @apollo/server', () => {
  defineIntegrationTestSuite(
    async (
      options: ApolloServerOptions<BaseContext>,
      testOptions?: CreateServerForIntegrationTestsOptions,
    ) => {
      const server = new ApolloServer(options);
      const httpServer = new HttpServer({
        logger: silentLogger,
        metrics: new Metrics('graphql'),
        routes: [
          {
            method: '*',
            path: '/*',
            handle: async request => {
              const body = await readGraphQLBody(request, 50 * 1024 * 1024);
              return answerByApolloServer(
                server,
                request,
                body,
                async () => (await testOptions?.context?.()) ?? {},
              );
            },
          },
        ],
      });
      await server.start();
      const port = await httpServer.listen(0, '127.0.0.1');
      return { server, url: `http://127.0.0.1:${port}`, extraCleanup: () => httpServer.stop(0) };
    },
    { serverIsStartedInBackground: false },
  );
});
