/** What is the same in every policy's C header. tanh is that of the kernels (assembly/lanes/math.ts). */

export const BODY = `
/* tanh x, at most 4 units in the last place off; never beyond 1. It counts on rounding, so don't compile it with -ffast-math. */
static inline float policy_tanh(float x) {
  const float t = (x > 10.0f ? 10.0f : x < -10.0f ? -10.0f : x) * 2.8853900817779268f;
  union { float number; uint32_t bits; } power;
  float f, f2, growth;
  power.number = t + 12583039.0f;
  f = t - (power.number - 12583039.0f);
  power.bits <<= 23;
  f2 = f * f;
  growth = ((1.54035137e-4f * f + 1.3390966e-3f) * f2 + (9.61823855e-3f * f + 5.55035733e-2f)) * f2 + f * 2.40226507e-1f + 6.93147182e-1f;
  growth = power.number * (growth * f) + (power.number - 1.0f);
  return growth / (growth + 2.0f);
}

static inline float policy_activate(float x, int activation) {
  if (activation == 1) return policy_tanh(x);
  return activation == 2 && x < 0.0f ? 0.0f : x;
}

/* What the policy has seen: the latest observations of an episode. Begin each one with policy_reset. */
typedef struct { float seen[POLICY_FRAMES * POLICY_FRAME_SIZE]; int is_under_way; } policy_memory;

static inline void policy_reset(policy_memory *memory) {
  memory->is_under_way = 0;
}

/* Takes in one observation of POLICY_SIZE numbers; an index is one number. */
static inline void policy_observe(policy_memory *memory, const float *observation) {
  int i, frame;
  for (frame = 0; frame < POLICY_FRAMES; frame++) {
    float *target = memory->seen + frame * POLICY_FRAME_SIZE;
    for (i = 0; i < POLICY_FRAME_SIZE; i++) {
      if (frame < POLICY_FRAMES - 1 && memory->is_under_way) target[i] = target[POLICY_FRAME_SIZE + i];
      else target[i] = POLICY_DISCRETE_OBSERVATIONS ? (float)((int)observation[0] == i) : observation[i];
    }
  }
  memory->is_under_way = 1;
}

/* Logits or means, POLICY_ACTIONS of them, for what the policy has seen. */
static inline void policy_outputs(const policy_memory *memory, float *outputs) {
  float values[2][POLICY_WIDEST];
  int i, j, layer, from = 0;
  for (i = 0; i < POLICY_FRAMES * POLICY_FRAME_SIZE; i++) {
    float x = memory->seen[i];
#if POLICY_NORMALISES
    x = (x - policy_mean[i]) * policy_scale[i];
    x = x > policy_limit[0] ? policy_limit[0] : x < -policy_limit[0] ? -policy_limit[0] : x;
#endif
    values[0][i] = x;
  }
  for (layer = 0; layer < POLICY_LAYERS; layer++, from ^= 1) {
    const policy_layer *dense = &policy_layers[layer];
    for (j = 0; j < dense->outputs; j++) {
      float sum = 0.0f;
      for (i = 0; i < dense->inputs; i++) sum += values[from][i] * dense->weight[i * dense->outputs + j];
      values[from ^ 1][j] = policy_activate(sum + dense->bias[j], dense->activation);
    }
  }
  for (j = 0; j < POLICY_ACTIONS; j++) outputs[j] = values[from][j];
}

#if POLICY_VECTORS
/* action: POLICY_ACTIONS numbers within the bounds. */
static inline void policy_choose(const float *outputs, float *action) {
  int i;
  for (i = 0; i < POLICY_ACTIONS; i++) {
    float a = POLICY_HAS_TANH ? policy_tanh(outputs[i]) : outputs[i];
    const float low = policy_low[i], high = policy_high[i];
    if (POLICY_RESCALES) a = low + ((a > 1.0f ? 1.0f : a < -1.0f ? -1.0f : a) + 1.0f) * (0.5f * (high - low));
    action[i] = a > high ? high : a < low ? low : a;
  }
}

/* The action for the next observation of an episode. */
static inline void policy_act(policy_memory *memory, const float *observation, float *action) {
  float outputs[POLICY_ACTIONS];
  policy_observe(memory, observation);
  policy_outputs(memory, outputs);
  policy_choose(outputs, action);
}
#else
/* The first index of the largest output. */
static inline int policy_choose(const float *outputs) {
  int i, best = 0;
  for (i = 1; i < POLICY_ACTIONS; i++) if (outputs[i] > outputs[best]) best = i;
  return best;
}

/* The action for the next observation of an episode. */
static inline int policy_act(policy_memory *memory, const float *observation) {
  float outputs[POLICY_ACTIONS];
  policy_observe(memory, observation);
  policy_outputs(memory, outputs);
  return policy_choose(outputs);
}
#endif

#endif
`;
