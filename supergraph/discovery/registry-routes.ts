import { createHash } from 'node:crypto';
import { request as send } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../platform/clock';
import { AppError, forbidden, invalid, platformErrors, unauthenticated } from '../../platform/errors';
import type { HttpRequest } from '../../platform/http/request';
import { jsonResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { schemaHashOf } from '../../platform/registry/registration';
import { leaseMs, type ServiceRegistry } from '../../platform/registry/service-registry';
import { decisiveGrant } from '../../platform/security/permissions';
import type { RequestContext } from '../supergraph-executor';
import type { Discovery } from './discovery';
import { gatewaySubgraph } from './gateway-schema';
import type { ServedSchemas } from './served-schemas';

const maxSdl = 1024 * 1024;
const fetchTimeoutMs = 5_000;

const registration = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must be lower-case letters, digits, _ and -')
    .refine(name => name !== gatewaySubgraph, 'is the name of the gateway itself'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2_000),
  sdl: z.string().max(maxSdl).optional(),
  version: z.string().max(100).default(''),
  zone: z.string().max(100).default(''),
});

export interface RegistryRoutesParts {
  readonly registry: ServiceRegistry;
  readonly discovery: Pick<Discovery, 'refresh'>;
  readonly schemas: Pick<ServedSchemas, 'refusalOf'>;
  readonly callers: { contextOf(request: HttpRequest): RequestContext | Promise<RequestContext> };
  readonly clock: Clock;
}

/** Routes by which a service that has no access to Redis joins and leaves. Both need `gateway:register`. */
export function registryRoutes(parts: RegistryRoutesParts): Route[] {
  const { registry, callers } = parts;
  return [
    {
      method: 'POST',
      path: '/registry/instances',
      handle: async request => {
        const body = await request.json(2 * maxSdl);
        assertMay(await callers.contextOf(request));
        return jsonResponse(201, await join(parts, body), { 'cache-control': 'no-store' });
      },
    },
    {
      method: 'DELETE',
      path: '/registry/instances/:id',
      handle: async request => {
        assertMay(await callers.contextOf(request));
        await registry.leave(request.params['id'] ?? '');
        await parts.discovery.refresh();
        return { status: 204 };
      },
    },
  ];
}

function assertMay({ rights }: RequestContext): void {
  if (!rights?.isAuthenticated) throw unauthenticated();
  if (decisiveGrant(rights.scopes, 'gateway:register') === undefined) {
    throw forbidden('You are not allowed to register instances', { permission: 'gateway:register' });
  }
}

async function join(
  { registry, discovery, schemas, clock }: RegistryRoutesParts,
  body: unknown,
): Promise<Record<string, unknown>> {
  const read = registration.safeParse(body);
  if (!read.success) {
    throw invalid(
      read.error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message })),
    );
  }
  const { name, url, version, zone } = read.data;
  const sdl = read.data.sdl ?? (await fetchSdl(url));
  const schemaHash = schemaHashOf(sdl);
  const id = createHash('sha256').update(`${name} ${url}`).digest('hex').slice(0, 32);
  const known = (await registry.instances()).find(instance => instance.id === id);
  // The same call again renews the registration; with another schema it is a new one.
  const registeredAt = known?.schemaHash === schemaHash ? known.registeredAt : clock.now();
  await registry.register({ id, name, url, version, zone, schemaHash, registeredAt, isProbed: true }, sdl);
  await discovery.refresh();
  // A refresh that was running already may have read the registry before.
  await discovery.refresh();
  const refusal = schemas.refusalOf({ name, schemaHash });
  if (refusal !== undefined) {
    await registry.leave(id);
    throw invalid(refusal.errors.slice(0, 20).map(message => ({ field: 'sdl', message })));
  }
  return { id, name, url, schema_hash: schemaHash, lease_seconds: leaseMs / 1000 };
}

/** @throws AppError 422 when the service does not say its SDL (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#query_service) */
async function fetchSdl(url: string): Promise<string> {
  try {
    const { statusCode, body } = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"query":"{ _service { sdl } }"}',
      signal: AbortSignal.timeout(fetchTimeoutMs),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > 2 * maxSdl) throw new Error('The SDL is too long');
      chunks.push(chunk);
    }
    const answer = JSON.parse(Buffer.concat(chunks).toString()) as {
      data?: { _service?: { sdl?: unknown } };
    };
    const sdl = answer.data?._service?.sdl;
    if (typeof sdl !== 'string') throw new Error(`It answered ${statusCode} without an SDL`);
    return sdl;
  } catch (cause) {
    throw new AppError(platformErrors.VALIDATION_FAILED, 'url: does not answer { _service { sdl } }', {
      details: [
        { field: 'url', message: 'does not answer { _service { sdl } }: send sdl, or correct the URL' },
      ],
      cause,
    });
  }
}
