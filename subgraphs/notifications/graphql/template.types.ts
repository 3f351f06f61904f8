import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime } from '../../../platform/graphql/scalars';
import { NotificationChannel } from './types';

@ObjectType('NotificationTemplateText', {
  simpleResolvers: true,
  description: 'The texts of a template in one language.',
})
export class NotificationTemplateText {
  @Field(() => String, { description: 'A language tag such as `en` or `pt-BR`.' })
  locale: string;

  @Field(() => String, { nullable: true, description: 'Null for a channel without subjects.' })
  subjectTemplate: string | null;

  @Field(() => String)
  contentTemplate: string;
}

@ObjectType('NotificationTemplate', {
  simpleResolvers: true,
  description: 'Texts in Liquid (https://liquidjs.com), from which notifications are made.',
})
export class NotificationTemplate {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: '2 to 64 of a-z, 0-9 and `-`, beginning with a letter; unique.' })
  name: string;

  @Field(() => NotificationChannel)
  channel: NotificationChannel;

  @Field(() => String, {
    nullable: true,
    description: 'Of the default language; null for a channel without subjects.',
  })
  subjectTemplate: string | null;

  @Field(() => String, {
    description: 'Of the default language. For email it is HTML, and what variables bring in is escaped.',
  })
  contentTemplate: string;

  @Field(() => [String], { description: 'The variables that a sender must give.' })
  variables: string[];

  @Field(() => [NotificationTemplateText], {
    description: 'The texts of each language, the default first.',
  })
  texts: NotificationTemplateText[];

  @Field(() => Int, {
    description: 'Grows with each change; a notification keeps the version it was made from.',
  })
  version: number;

  @Field(() => DateTime)
  updatedAt: Date;
}

export const NotificationTemplateConnection = connectionOf(
  'NotificationTemplate',
  () => NotificationTemplate,
);

@ObjectType('TemplatePreview', {
  simpleResolvers: true,
  description: 'A template with its variables filled in.',
})
export class TemplatePreview {
  @Field(() => String, { nullable: true })
  subject: string | null;

  @Field(() => String)
  content: string;
}

@InputType('TemplateTextInput', { description: 'The texts of a template in one more language.' })
export class TemplateTextInput {
  @Field(() => String, { description: 'A language tag such as `es` or `pt-BR`.' })
  locale: string;

  @Field(() => String, { nullable: true })
  subjectTemplate?: string | null;

  @Field(() => String)
  contentTemplate: string;
}

@InputType('UpdateTemplateInput', { description: 'The whole of a template; it becomes a new version.' })
export class UpdateTemplateInput {
  @Field(() => String, { description: '2 to 64 of a-z, 0-9 and `-`, beginning with a letter.' })
  name: string;

  @Field(() => String, {
    nullable: true,
    description: 'Liquid; required for EMAIL and PUSH, absent for SMS.',
  })
  subjectTemplate?: string | null;

  @Field(() => String, { description: 'Liquid, for email around HTML; at most 65,536 characters.' })
  contentTemplate: string;

  @Field(() => [String], { nullable: true, description: 'At most 50 names; the texts use no others.' })
  variables?: string[] | null;

  @Field(() => String, { nullable: true, description: 'The language of these texts; `en` by default.' })
  locale?: string | null;

  @Field(() => [TemplateTextInput], { nullable: true, description: 'The texts of other languages.' })
  translations?: TemplateTextInput[] | null;
}

@InputType('CreateTemplateInput', { description: 'A new template.' })
export class CreateTemplateInput extends UpdateTemplateInput {
  @Field(() => NotificationChannel)
  channel: NotificationChannel;
}
