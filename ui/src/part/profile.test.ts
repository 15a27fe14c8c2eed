import { describe, expect, it } from 'vitest';
import { de } from '../text/de';
import { profile_findings } from './profile';

const profile = { email: 'jana.keller@kanzlei.example', town: 'Fulda', phone: '' };
const findings = (change: Partial<typeof profile>) => profile_findings({ ...profile, ...change }, de.profile);

describe('your data', () => {
  it('as the hub takes them are not complained about', () => {
    for (const phone of ['', '0661 9002-14', '+49 (661) 9002/14', '(0661) 9002.14']) expect(findings({ phone })).toEqual({});
  });

  it('that are longer than the hub takes are said at their field', () => {
    expect(findings({ email: `${'a'.repeat(250)}@x.de` })).toEqual({ email: 'Höchstens 254 Zeichen.' });
    expect(findings({ town: '😀'.repeat(121) })).toEqual({ town: 'Höchstens 120 Zeichen.' });
    expect(findings({ town: '😀'.repeat(120) })).toEqual({});
    expect(findings({ phone: '0'.repeat(61) })).toEqual({ phone: 'Höchstens 60 Zeichen.' });
  });

  it('with words where a number belongs are said at their field', () => {
    expect(findings({ phone: 'ruf mich an' }).phone).toContain('mit Ziffern');
    expect(findings({ phone: '+' }).phone).toContain('mit Ziffern');
  });
});
