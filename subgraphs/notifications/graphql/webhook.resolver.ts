import { Arg, Ctx, Directive, Field, ID, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime } from '../../../platform/graphql/scalars';
import type { NotificationsContext } from '../loaders';
import type { WebhookEndpointRow } from '../tables';
import type { WebhookEndpoints } from '../webhooks/webhook-endpoints';

@ObjectType('WebhookEndpoint', {
  simpleResolvers: true,
  description:
    'A URL that gets WEBHOOK notifications as signed requests (https://www.standardwebhooks.com): `{type, timestamp, data}` with the subject as `type` and the content as `data`.',
})
export class WebhookEndpoint {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  url: string;

  @Field(() => DateTime)
  createdAt: Date;
}

@ObjectType('WebhookSecret', {
  simpleResolvers: true,
  description: 'An endpoint with its secret, which is shown only here.',
})
export class WebhookSecret {
  @Field(() => WebhookEndpoint)
  endpoint: WebhookEndpoint;

  @Field(() => String, { description: '`whsec_` and the key of the HMAC-SHA256 in base64.' })
  secret: string;
}

const WebhookEndpointConnection = connectionOf('WebhookEndpoint', () => WebhookEndpoint);

@Resolver()
export class WebhookResolver {
  constructor(private readonly endpoints: WebhookEndpoints) {}

  @Directive('@requiresScopes(scopes: [["webhooks:read"]])')
  @Query(() => WebhookEndpointConnection, {
    name: 'webhookEndpoints',
    nullable: true,
    description:
      'All webhook endpoints, the oldest first. Needs `webhooks:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async list(
    @Ctx() { caller }: NotificationsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<WebhookEndpoint>> {
    return mapPage(await this.endpoints.list(caller, { first, after }), endpointOf);
  }

  @Directive('@requiresScopes(scopes: [["webhooks:write"]])')
  @Mutation(() => WebhookSecret, {
    nullable: true,
    description:
      'Adds a webhook endpoint. Needs `webhooks:write`. Errors: VALIDATION_FAILED (422) for a URL that is not https or whose address is private.',
  })
  async createWebhookEndpoint(
    @Ctx() { caller }: NotificationsContext,
    @Arg('url', () => String) url: string,
  ): Promise<WebhookSecret> {
    const { row, secret } = await this.endpoints.create(caller, url);
    return { endpoint: endpointOf(row), secret };
  }

  @Directive('@requiresScopes(scopes: [["webhooks:write"]])')
  @Mutation(() => WebhookSecret, {
    nullable: true,
    description:
      'Makes a new secret; for 24 hours requests carry a signature with each of the two. Needs `webhooks:write`. Errors: NOT_FOUND (404).',
  })
  async rotateWebhookSecret(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<WebhookSecret> {
    const { row, secret } = await this.endpoints.rotateSecret(caller, id);
    return { endpoint: endpointOf(row), secret };
  }

  @Directive('@requiresScopes(scopes: [["webhooks:write"]])')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Deletes a webhook endpoint and returns true; what waits for it fails. Needs `webhooks:write`. Errors: NOT_FOUND (404).',
  })
  async deleteWebhookEndpoint(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.endpoints.delete(caller, id);
    return true;
  }
}

function endpointOf({ id, url, createdAt }: WebhookEndpointRow): WebhookEndpoint {
  return { id, url, createdAt: new Date(createdAt) };
}
