#!/usr/bin/env python3
"""What PyTorch takes for the same minibatch updates, actions and matrix products, on one thread: a baseline of the benchmarks beside it.

Needs PyTorch on a fast BLAS (Debian: apt-get install -y python3-torch libopenblas0-pthread). Prints one JSON line a case: {"case", "min", "median", "max"}, in seconds.
"""
import json
import os
import statistics
import sys
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(0)
ROUNDS, SAMPLE = (5, 0.04) if "--quick" in sys.argv else (9, 0.1)  # turns, and seconds of one
clock = time.process_time if "--cpu" in sys.argv else time.perf_counter


def mlp(inputs, hidden, outputs, activation=nn.Tanh):
    return nn.Sequential(
        nn.Linear(inputs, hidden), activation(), nn.Linear(hidden, hidden), activation(), nn.Linear(hidden, outputs)
    )


def seconds_of(work, repeats):
    start = clock()
    for _ in range(repeats):
        work()
    return clock() - start


def report(case, work):
    seconds_of(work, 20)
    repeats = max(1, round(SAMPLE / (seconds_of(work, 10) / 10)))
    times = [seconds_of(work, repeats) / repeats for _ in range(ROUNDS)]
    spread = {"min": min(times), "median": statistics.median(times), "max": max(times)}
    print(json.dumps({"case": case, **spread}), flush=True)


actor, critic = mlp(4, 64, 2), mlp(4, 64, 1)
parameters = [*actor.parameters(), *critic.parameters()]


def ppo_update(batch):
    optimizer = torch.optim.Adam(parameters, lr=3e-4, eps=1e-5)
    observation, action = torch.randn(batch, 4), torch.randint(0, 2, (batch,))
    advantage, returns = torch.randn(batch), torch.randn(batch)
    with torch.no_grad():
        old_log_prob = F.log_softmax(actor(observation), -1).gather(1, action[:, None])[:, 0]

    def update():
        log_probs = F.log_softmax(actor(observation), -1)
        ratio = (log_probs.gather(1, action[:, None])[:, 0] - old_log_prob).exp()
        standardised = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        policy_loss = -torch.min(standardised * ratio, standardised * ratio.clamp(0.8, 1.2)).mean()
        value_loss = F.mse_loss(critic(observation)[:, 0], returns)
        entropy = -(log_probs.exp() * log_probs).sum(-1).mean()
        loss = policy_loss + 0.5 * value_loss - 0.01 * entropy
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()

    return update


def dqn_update(hidden, batch):
    q, target = mlp(4, hidden, 2, nn.ReLU), mlp(4, hidden, 2, nn.ReLU)
    optimizer = torch.optim.Adam(q.parameters(), lr=1e-3)
    observation, next_observation = torch.randn(batch, 4), torch.randn(batch, 4)
    action, reward = torch.randint(0, 2, (batch, 1)), torch.randn(batch)

    def update():
        with torch.no_grad():
            y = reward + 0.99 * target(next_observation).max(1).values
        loss = F.smooth_l1_loss(q(observation).gather(1, action)[:, 0], y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(q.parameters(), 10)
        optimizer.step()

    return update


def sac_update(inputs, actions, hidden, batch):
    policy = mlp(inputs, hidden, 2 * actions, nn.ReLU)
    q1, q2, target1, target2 = (mlp(inputs + actions, hidden, 1, nn.ReLU) for _ in range(4))
    q_parameters, target_parameters = [*q1.parameters(), *q2.parameters()], [*target1.parameters(), *target2.parameters()]
    log_temperature = torch.zeros(1, requires_grad=True)
    learned = (q_parameters, policy.parameters(), [log_temperature])
    q_optimizer, policy_optimizer, temperature_optimizer = (torch.optim.Adam(parameters, lr=3e-4) for parameters in learned)
    observation, next_observation = torch.randn(batch, inputs), torch.randn(batch, inputs)
    action, reward = torch.rand(batch, actions) * 2 - 1, torch.randn(batch)

    def sample(observation):
        mean, log_std = policy(observation).chunk(2, -1)
        log_std = log_std.clamp(-20, 2)
        noise = torch.randn_like(mean)
        u = mean + log_std.exp() * noise
        density = -0.5 * noise * noise - log_std - 0.9189385332 - 2 * (0.6931471806 - u - F.softplus(-2 * u))
        return torch.tanh(u), density.sum(-1)

    def step(optimizer, loss):
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def update():
        temperature = log_temperature.exp().detach()
        with torch.no_grad():
            next_action, next_log_prob = sample(next_observation)
            following = torch.cat([next_observation, next_action], -1)
            value = torch.min(target1(following), target2(following))[:, 0] - temperature * next_log_prob
            target = reward + 0.99 * value
        taken = torch.cat([observation, action], -1)
        step(q_optimizer, 0.5 * (F.mse_loss(q1(taken)[:, 0], target) + F.mse_loss(q2(taken)[:, 0], target)))
        sampled, log_prob = sample(observation)
        proposed = torch.cat([observation, sampled], -1)
        step(policy_optimizer, (temperature * log_prob - torch.min(q1(proposed), q2(proposed))[:, 0]).mean())
        step(temperature_optimizer, -(log_temperature.exp() * (log_prob.detach() - actions)).mean())
        with torch.no_grad():
            for target_parameter, parameter in zip(target_parameters, q_parameters):
                target_parameter.lerp_(parameter, 0.005)

    return update


def act():
    with torch.no_grad():
        return int(actor(torch.tensor([[0.01, 0.2, -0.02, -0.3]])).argmax(-1))


def matmul(m, k, n):
    a, b = torch.randn(m, k), torch.randn(k, n)
    return lambda: torch.mm(a, b)


for batch in (64, 256, 2048, 8192):
    report(f"ppo update, batch {batch}", ppo_update(batch))
for hidden in (64, 256):
    report(f"dqn update, {hidden}-{hidden}, batch 64", dqn_update(hidden, 64))
report("sac update, 256-256, batch 256", sac_update(17, 6, 256, 256))
report("sac update, 64-64, batch 100", sac_update(3, 1, 64, 100))
report("act, batch 1", act)
for shape in ((64, 64, 64), (256, 256, 256), (256, 4, 64), (256, 64, 64), (256, 64, 2), (8192, 64, 64), (64, 256, 64)):
    report("matmul " + "×".join(map(str, shape)), matmul(*shape))
