import { ArgsType, Field, Int, registerEnumType } from 'type-graphql';

export enum ThumbnailFit {
  COVER = 'cover',
  CONTAIN = 'contain',
  FILL = 'fill',
  INSIDE = 'inside',
  OUTSIDE = 'outside',
}

export enum ThumbnailFormat {
  AVIF = 'avif',
  WEBP = 'webp',
  JPEG = 'jpeg',
  PNG = 'png',
}

registerEnumType(ThumbnailFit, {
  name: 'ThumbnailFit',
  description: 'How a picture fits into width and height, as `object-fit` of CSS does.',
  valuesConfig: {
    COVER: { description: 'Fills both; what is too much is cut off.' },
    CONTAIN: { description: 'Is in both as a whole; the rest is transparent, or white in JPEG.' },
    FILL: { description: 'Fills both; the proportions change.' },
    INSIDE: { description: 'At most as large as both; never larger than the file.' },
    OUTSIDE: { description: 'At least as large as both.' },
  },
});

registerEnumType(ThumbnailFormat, { name: 'ThumbnailFormat', description: 'The media type of a thumbnail.' });

@ArgsType()
export class ThumbnailArgs {
  @Field(() => Int, { nullable: true, description: 'Pixels.' })
  width?: number | null;

  @Field(() => Int, { nullable: true, description: 'Pixels.' })
  height?: number | null;

  @Field(() => ThumbnailFit, { nullable: true, description: 'COVER when absent.' })
  fit?: ThumbnailFit | null;

  @Field(() => ThumbnailFormat, { nullable: true })
  format?: ThumbnailFormat | null;

  @Field(() => Int, { defaultValue: 3600, description: 'Seconds.' })
  expiresIn: number;
}
