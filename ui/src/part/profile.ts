// What the screens say about "your data" before they send it. The hub decides again.

import type { Profile } from '../bindings';
import type { Messages } from '../text';

export type ProfileField = 'email' | 'town' | 'phone';

export function profile_findings(
  profile: Pick<Profile, ProfileField>,
  text: Messages['profile'],
): Partial<Record<ProfileField, string>> {
  const findings: Partial<Record<ProfileField, string>> = {};
  const email = profile.email.trim();
  if (email === '') findings.email = text.email_needed;
  else if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) findings.email = text.email_wrong;
  if (profile.town.trim() === '') findings.town = text.town_needed;
  return findings;
}
