import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import { JSONObject } from '../../../platform/graphql/scalars';
import type { NotificationsContext } from '../loaders';
import type { Templates } from '../templates/templates';
import {
  CreateTemplateInput,
  NotificationTemplate,
  NotificationTemplateConnection,
  TemplatePreview,
  UpdateTemplateInput,
} from './template.types';
import { templateOf } from './views';

@Resolver()
export class TemplateResolver {
  constructor(private readonly templates: Templates) {}

  @Directive('@requiresScopes(scopes: [["templates:read"]])')
  @Query(() => NotificationTemplateConnection, {
    name: 'templates',
    nullable: true,
    description:
      'All templates, the oldest first. Needs `templates:read`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async list(
    @Ctx() { caller }: NotificationsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<NotificationTemplate>> {
    return mapPage(await this.templates.list(caller, { first, after }), templateOf);
  }

  @Directive('@requiresScopes(scopes: [["templates:read"]])')
  @Query(() => TemplatePreview, {
    nullable: true,
    description:
      'Fills in the variables of a template without sending it. Needs `templates:read`. Errors: NOT_FOUND (404), VALIDATION_FAILED (422) for variables that are missing or not declared.',
  })
  async previewTemplate(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
    @Arg('variables', () => JSONObject, { nullable: true })
    variables: Record<string, unknown> | null | undefined,
    @Arg('locale', () => String, { nullable: true }) locale: string | null | undefined,
  ): Promise<TemplatePreview> {
    return this.templates.preview(caller, id, variables ?? {}, locale);
  }

  @Directive('@requiresScopes(scopes: [["templates:write"]])')
  @Mutation(() => NotificationTemplate, {
    nullable: true,
    description:
      'Creates a template. Needs `templates:write`. Errors: TEMPLATE_NAME_TAKEN (409), VALIDATION_FAILED (422) for a syntax error or a variable that is not declared.',
  })
  async createTemplate(
    @Ctx() { caller }: NotificationsContext,
    @Arg('input', () => CreateTemplateInput) input: CreateTemplateInput,
  ): Promise<NotificationTemplate> {
    return templateOf(await this.templates.create(caller, input));
  }

  @Directive('@requiresScopes(scopes: [["templates:write"]])')
  @Mutation(() => NotificationTemplate, {
    nullable: true,
    description:
      'Replaces a template by a new version. Needs `templates:write`. Errors: NOT_FOUND (404), VERSION_CONFLICT, TEMPLATE_NAME_TAKEN (409), VALIDATION_FAILED (422).',
  })
  async updateTemplate(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
    @Arg('version', () => Int, { description: 'The version that the client has read.' }) version: number,
    @Arg('input', () => UpdateTemplateInput) input: UpdateTemplateInput,
  ): Promise<NotificationTemplate> {
    return templateOf(await this.templates.update(caller, id, input, version));
  }

  @Directive('@requiresScopes(scopes: [["templates:write"]])')
  @Mutation(() => Boolean, {
    nullable: true,
    description: 'Deletes a template and returns true. Needs `templates:write`. Errors: NOT_FOUND (404).',
  })
  async deleteTemplate(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.templates.delete(caller, id);
    return true;
  }
}
