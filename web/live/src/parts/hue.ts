/** A hue of our palette (warm to teal) that stays the same for a name. */
export function hue(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)!) % 9973;
  return HUES[sum % HUES.length]!;
}

const HUES = [14, 32, 44, 160, 176, 196, 222, 340];
