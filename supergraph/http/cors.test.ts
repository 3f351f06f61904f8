import { HttpRequest } from '../../platform/http/request';
import { readGatewayConfig } from '../config';
import { Cors } from './cors';

/** Of these origins, those whose pages may read answers and pass a preflight. */
function allowed(shape: 'embedded' | 'alone', environment: Record<string, string>, origins: string[]) {
  const config = readGatewayConfig(shape, { REDIS_URL: 'redis://localhost', ...environment });
  const cors = new Cors(config.allowedOrigins);
  return origins.filter(origin => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    const request = new HttpRequest(
      { method: 'OPTIONS', url: '/graphql', headers, remoteAddress: '127.0.0.1' },
      { read: () => Buffer.alloc(0), isComplete: true },
    );
    const isReadable = cors.headers(request)['access-control-allow-origin'] === origin;
    expect(cors.preflight(request)?.headers?.['access-control-allow-methods'] !== undefined).toBe(isReadable);
    return isReadable;
  });
}

describe('CORS', () => {
  const local = ['http://localhost', 'http://localhost:5173', 'http://127.0.0.1:3000'];
  const foreign = [
    'https://app.example.com',
    'http://localhost.example.com',
    'http://localhost:80.example.com',
    'https://localhost:5173',
    'null',
  ];

  it('lets the pages of this machine call a gateway that runs in one process with all services', () => {
    expect(allowed('embedded', {}, [...local, ...foreign])).toEqual(local);
  });

  it('lets no page call a gateway of its own unless its origin is named', () => {
    expect(allowed('alone', {}, [...local, ...foreign])).toEqual([]);
  });

  it('lets only the pages of named origins call where origins are named', () => {
    const app = 'https://app.example.com';
    expect(allowed('embedded', { CORS_ORIGINS: app }, [...local, ...foreign])).toEqual([app]);
    expect(allowed('alone', { CORS_ORIGINS: `${app},http://localhost:*` }, [...local, ...foreign])).toEqual([
      ...local.slice(0, 2),
      app,
    ]);
  });
});
