import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRuleFile } from './rule-file';

describe('a file of alert rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-rules-'));
  const file = join(folder, 'rules.yaml');
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (text: string) => {
    writeFileSync(file, text);
    return readRuleFile(file);
  };

  it('has rules with the fields of the API in snake_case', () => {
    expect(
      read(
        'rules:\n  - { name: A, condition: health == 0, for: 1m, keep_firing_for: 2m, no_data: keep, enabled: false }\n',
      ),
    ).toEqual([
      {
        name: 'A',
        condition: 'health == 0',
        for: '1m',
        keepFiringFor: '2m',
        noData: 'keep',
        isEnabled: false,
      },
    ]);
  });

  it.each([
    ['rules:\n  - name: A\n', 'rules.0.condition'],
    ['rules:\n  - { name: A, condition: health == 0, form: 1m }\n', 'form'],
    ['rules:\n  - { name: A, condition: health == }\n', 'condition'],
    ['rules:\n  - { name: A, condition: a > 1 }\n  - { name: A, condition: b > 1 }\n', 'one name'],
    ['rules: [', 'cannot be read'],
  ])('that is wrong is refused with the place', (text, reason) => {
    expect(() => read(text)).toThrow(reason);
  });

  it('that is not there is a mistake of the configuration', () => {
    expect(() => readRuleFile(join(folder, 'none.yaml'))).toThrow('ALERT_RULES_FILE');
  });
});
