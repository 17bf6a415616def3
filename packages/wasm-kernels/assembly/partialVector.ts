/** The first `present` of 4 floats, then zeros; the memory after them may not be ours to read. */
export function loadPart(from: usize, present: i32): v128 {
  let part = f32x4.splat(0);
  if (present > 0) part = f32x4.replace_lane(part, 0, load<f32>(from));
  if (present > 1) part = f32x4.replace_lane(part, 1, load<f32>(from, 4));
  if (present > 2) part = f32x4.replace_lane(part, 2, load<f32>(from, 8));
  if (present > 3) part = f32x4.replace_lane(part, 3, load<f32>(from, 12));
  return part;
}

/** Stores the first `present` of 4 floats. */
export function storePart(to: usize, part: v128, present: i32): void {
  if (present > 0) store<f32>(to, f32x4.extract_lane(part, 0));
  if (present > 1) store<f32>(to, f32x4.extract_lane(part, 1), 4);
  if (present > 2) store<f32>(to, f32x4.extract_lane(part, 2), 8);
  if (present > 3) store<f32>(to, f32x4.extract_lane(part, 3), 12);
}
