import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { SamplesContext } from '../loaders';
import type { Samples } from '../samples';
import type { SampleRow } from '../tables';
import { CreateSampleInput, Sample, User } from './types';

@Resolver(() => User)
export class SampleResolver {
  constructor(private readonly domain: Samples) {}

  @Directive('@authenticated')
  @Query(() => Sample, {
    nullable: true,
    description: 'One sample; null for an unknown id. Needs `samples:read` for that of another user.',
  })
  async sample(@Ctx() { caller }: SamplesContext, @Arg('id', () => ID) id: string): Promise<Sample | null> {
    const row = await this.domain.find(caller, id);
    return row && sampleOf(row);
  }

  @Directive('@authenticated')
  @Mutation(() => Sample, {
    nullable: true,
    description:
      'Creates a sample of the caller. Errors: SAMPLE_LIMIT_REACHED (409), VALIDATION_FAILED (422).',
  })
  async createSample(
    @Ctx() { caller }: SamplesContext,
    @Arg('input', () => CreateSampleInput) input: CreateSampleInput,
  ): Promise<Sample> {
    return sampleOf(await this.domain.create(caller, input));
  }

  @FieldResolver(() => [Sample], {
    nullable: true,
    description: 'The samples of the user, the oldest first. Empty for another user without `samples:read`.',
  })
  async samples(@Root() { id }: User, @Ctx() { loaders }: SamplesContext): Promise<Sample[]> {
    return (await loaders.samples.load(id)).map(sampleOf);
  }
}

export function sampleOf({ id, name, userId, createdAt }: SampleRow): Sample {
  return { id, name, user: { id: userId }, createdAt: new Date(createdAt) };
}
