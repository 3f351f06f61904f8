import { suitableLocale } from './locales';

it('finds the language that suits best, from the most to the least specific', () => {
  const tags = ['en', 'pt', 'zh-Hant', 'zh'] as const;
  const found = ['pt-BR', 'PT', 'zh-Hant-TW', 'zh-TW', 'en-u-ca-gregory', 'e', 'es', '', null];
  expect(found.map(wanted => suitableLocale(tags, wanted))).toEqual([
    'pt',
    'pt',
    'zh-Hant',
    'zh',
    'en',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
