import { conditionText, fallbackText, flagOf, namesOf, type Option } from './option.js';

/** What the help says of an option: `how images become input: crop-24, plain (crop-24)`. */
export function helpText(option: Option): string {
  const fallback = fallbackText(option);
  return [
    aboutText(option),
    ...(option.only === undefined ? [] : [`; only ${onlyText(option)}`]),
    ...(fallback === '' ? [] : [` (${fallback})`]),
  ].join('');
}

/** What an option is, with the names that it takes, each written by `write`. */
export function aboutText(option: Option, write = (name: string) => name): string {
  const { about, insteadOf } = option;
  const names = namesOf(option).map(write);
  return [
    about,
    ...(insteadOf === undefined ? [] : [`, instead of ${write(flagOf(insteadOf))}`]),
    ...(names.length === 0 ? [] : [`: ${names.join(', ')}`]),
  ].join('');
}

/** The conditions under which an option has a meaning; '' where it always has. */
export function onlyText({ only = [] }: Option): string {
  return only.map(conditionText).join(', ');
}
