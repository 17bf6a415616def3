import { conditionText, fallbackText, flagOf, namesOf, type Option } from './option.js';

/** An option's text in the help: `how images become input: crop-24, plain (crop-24)`. */
export function helpText(option: Option): string {
  const fallback = fallbackText(option);
  return [
    aboutText(option),
    ...(option.only === undefined ? [] : [`; only ${onlyText(option)}`]),
    ...(fallback === '' ? [] : [` (${fallback})`]),
  ].join('');
}

/** An option's description with the names that it accepts, each formatted by `write`. */
export function aboutText(option: Option, write = (name: string) => name): string {
  const { about, insteadOf } = option;
  const names = namesOf(option).map(write);
  return [
    about,
    ...(insteadOf === undefined ? [] : [`, instead of ${write(flagOf(insteadOf))}`]),
    ...(names.length === 0 ? [] : [`: ${names.join(', ')}`]),
  ].join('');
}

/** The conditions under which an option has a meaning; '' if it always has one. */
export function onlyText({ only = [] }: Option): string {
  return only.map(conditionText).join(', ');
}
