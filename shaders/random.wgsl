// random: counter-based random numbers, Threefry-2x32 with 20 rounds (Salmon et al., SC 2011); included by others.
//
// A number is a pure function of a key and a counter: nothing is stored, the backward pass draws what the forward pass
// drew, and src/rng.ts gives the same bits.

fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  let rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  let schedule = array<u32, 3>(key.x, key.y, key.x ^ key.y ^ 0x1bd11bdau);
  var a = counter.x + schedule[0];
  var b = counter.y + schedule[1];
  for (var round = 0u; round < 20u; round++) { // unroll
    a += b;
    b = ((b << rotations[round % 8u]) | (b >> (32u - rotations[round % 8u]))) ^ a;
    if (round % 4u == 3u) {
      let injection = (round + 1u) / 4u;
      a += schedule[injection % 3u];
      b += schedule[(injection + 1u) % 3u] + injection;
    }
  }
  return vec2u(a, b);
}

/// Uniform in [0, 1) from the upper 24 bits of a word: exact in f32.
fn uniformOf(word: u32) -> f32 {
  return f32(word >> 8u) * 0x1p-24;
}
