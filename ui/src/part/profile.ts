// What the screens say about "your data" before they send it. The hub decides again.

import type { Profile } from '../bindings';
import type { Messages } from '../text';

export type ProfileField = 'email' | 'town' | 'phone';

/** Characters, as the desktop and the hub count them. */
const MOST: Record<ProfileField, number> = { email: 254, town: 120, phone: 60 };

export function profile_findings(
  profile: Pick<Profile, ProfileField>,
  text: Messages['profile'],
): Partial<Record<ProfileField, string>> {
  const findings: Partial<Record<ProfileField, string>> = {};
  const email = profile.email.trim();
  if (email === '') findings.email = text.email_needed;
  else if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) findings.email = text.email_wrong;
  if (profile.town.trim() === '') findings.town = text.town_needed;
  const phone = profile.phone.trim();
  if (phone !== '' && !/^[+(]?[\d\s()/.-]*\d[\d\s()/.-]*$/.test(phone)) findings.phone = text.phone_wrong;
  for (const field of ['email', 'town', 'phone'] as const) {
    if ([...profile[field].trim()].length > MOST[field]) findings[field] = text.too_long(String(MOST[field]));
  }
  return findings;
}
