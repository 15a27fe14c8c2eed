// The words of a finding: a rule brings its own, the engine's codes get theirs from the dictionary.

import type { Finding } from '../bindings';
import type { Messages } from '../text';
import type { Format } from '../text/format';

export function finding_words(finding: Finding, text: Messages, format: Format): string {
  if (finding.message !== '') return finding.message;
  if (finding.code === 'too_long' && finding.limit !== undefined) {
    return text.finding.too_long_limit(format.number(finding.limit));
  }
  return text.finding[finding.code] ?? text.finding.unknown;
}
