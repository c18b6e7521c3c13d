"""Rule F accepts what torch computes and nothing that is wrong, with tensors alone: no kernel, no card."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from bem import references  # noqa: E402
from proof.rule import judge  # noqa: E402

KINDS = [torch.float32, torch.float16, torch.bfloat16]


def product(kind, seed=1, rows=40, width=300, columns=50):
    """A matrix product as an output to judge: operands, truth, magnitude, torch's own."""
    g = torch.Generator().manual_seed(seed)
    x = (torch.randn(rows, width, generator=g) * 10.0 ** torch.linspace(-3, 1, rows)[:, None]).to(kind)
    w = (torch.randn(width, columns, generator=g) / width**0.5).to(kind)
    return x, w, x.double() @ w.double(), x.double().abs() @ w.double().abs(), x @ w


def verdict(got, truth, magnitude, own, **more):
    settings = {"depth": 300, "roundings": 1, "tol": 1e-3, "factor": 2.0} | more
    return judge("y", got, truth, magnitude, own, **settings)


@pytest.mark.parametrize("kind", KINDS)
def test_a_correct_result_in_another_order_of_summation_passes_whatever_the_data(kind):
    for seed in range(40):
        x, w, truth, magnitude, own = product(kind, seed)
        order = torch.randperm(300, generator=torch.Generator().manual_seed(seed))
        got = (x.float()[:, order] @ w.float()[order]).to(kind)
        found = verdict(got, truth, magnitude, own)
        assert found.ok, (seed, found)
        assert found.bound < 1
        assert found.tol == max(1e-3, torch.finfo(kind).eps)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda y: y * 1.01,
        lambda y: torch.where(torch.arange(y.shape[0])[:, None] < 5, 0.0, y),  # small rows only
        lambda y: y.roll(1, dims=1),
        lambda y: torch.cat([y[:, :-1], torch.full_like(y[:, :1], float("nan"))], dim=1),
        lambda y: y.index_fill(1, torch.tensor([7]), float("inf")),
    ],
    ids=["one per cent", "small rows lost", "shifted", "never stored", "infinite"],
)
def test_a_wrong_result_fails(kind, spoil):
    _, _, truth, magnitude, own = product(kind)
    assert not verdict(spoil(truth).to(kind), truth, magnitude, own).ok


def test_a_precision_silently_lowered_is_seen_by_the_ratio_alone():
    x, w, truth, magnitude, own = product(torch.float16)
    cut = lambda t: (t.float().view(torch.int32) & ~0x3FFF).view(torch.float32)  # noqa: E731  # a bit of float16 fewer
    got = (cut(x) @ cut(w)).half()
    found = verdict(got, truth, magnitude, own)
    assert not found.ok
    assert "times torch's" in found.reasons[0]
    assert found.bound < 1
    assert found.norm_rel < 1e-3


def test_tensor_float_32_is_not_float32():
    x, w, truth, magnitude, own = product(torch.float32)
    cut = lambda t: (t.view(torch.int32) & ~0x1FFF).view(torch.float32)  # noqa: E731
    assert not verdict(cut(x) @ cut(w), truth, magnitude, own).ok


def test_a_tolerance_below_a_rounding_of_the_format_is_not_asked_but_a_stricter_one_counts():
    _, _, truth, magnitude, own = product(torch.bfloat16)
    assert verdict(own, truth, magnitude, own, tol=1e-9).tol == pytest.approx(2**-7)
    spoiled = (truth + 2e-4 * magnitude.max()).float()
    found = judge("y", spoiled, truth, magnitude, spoiled, depth=10**6, roundings=1, tol=1e-4, factor=2.0)
    assert any("normwise" in reason for reason in found.reasons)


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_too_small_for_its_format_is_as_right_as_it_can_be_and_lost_it_is_wrong(kind):
    apart = torch.finfo(kind).smallest_normal * torch.finfo(kind).eps
    truth = torch.tensor([[20.4 * apart]], dtype=torch.float64)
    nearest = truth.to(kind)
    found = verdict(nearest, truth, truth, nearest, depth=1)
    assert found.ok, found
    assert found.norm_rel > found.tol or kind is torch.bfloat16
    assert not verdict(torch.zeros_like(nearest), truth, truth, nearest, depth=1).ok


def test_special_values_must_stand_where_the_truth_has_them():
    truth = torch.tensor([[1.0, float("nan"), float("inf"), -float("inf"), 2.0]]).double()
    magnitude = truth.abs()
    right = truth.float()
    assert verdict(right, truth, magnitude, right).ok
    for index, wrong in ((0, float("nan")), (1, 0.0), (2, -float("inf")), (3, 3e38), (4, float("inf"))):
        got = right.clone()
        got[0, index] = wrong
        found = verdict(got, truth, magnitude, right)
        assert not found.ok
        assert found.where == (0, index)


def test_a_value_at_the_edge_of_the_format_may_round_either_way():
    truth = torch.tensor([[65519.9, 65520.1, 70000.0]]).double()
    for edge in ([65504.0, float("inf")], [float("inf"), 65504.0]):
        got = torch.tensor([[*edge, float("inf")]], dtype=torch.float16)
        assert verdict(got, truth, truth, got).ok
    assert not verdict(torch.tensor([[65504.0, 65504.0, 65504.0]]).half(), truth, truth, truth.half()).ok


def test_minus_zero_counts_only_where_it_is_asked_for():
    truth = torch.tensor([[-0.0, 0.0, 1.0]]).double()
    got = torch.tensor([[0.0, 0.0, 1.0]])
    assert verdict(got, truth, truth.abs(), got).ok
    assert not verdict(got, truth, truth.abs(), got, signed_zero=True).ok


def test_a_wrong_shape_and_nothing_at_all():
    one = torch.ones(2, 3)
    assert not verdict(one, torch.ones(3, 2).double(), torch.ones(3, 2).double(), one).ok
    none = torch.ones(0, 3)
    assert verdict(none, none.double(), none.double(), none).ok


def test_the_users_own_bound_replaces_the_derived_one():
    _, _, truth, magnitude, own = product(torch.float32)
    got = (truth + 1e-4 * magnitude).float()
    assert len(verdict(got, truth, magnitude, own).reasons) == 2
    assert verdict(got, truth, magnitude, own, bound=2e-4).ok
    assert not verdict(got, truth, magnitude, own, bound=5e-5).ok


# --- the formulas --------------------------------------------------------------------------------


def test_the_kronecker_identity_is_the_definition():
    for o, p, n, q in ((8, 8, 16, 16), (3, 5, 7, 2), (1, 1, 1, 1), (4, 1, 1, 9)):
        x, a, b = (torch.randn(*s, dtype=torch.float64) for s in ((6, p * q), (o, p), (n, q)))
        assert torch.allclose(references.kronecker(x, a, b), references.kronecker_product(x, a, b), atol=1e-12)


def test_dynamic_rank_is_a_sum_over_active_ranks():
    x, v, u = torch.randn(5, 7).double(), torch.randn(7, 4).double(), torch.randn(4, 3).double()
    gate = torch.tensor([[1.0, 0, 1, 0]]).double().expand(5, 4)
    kept = 0.5 * (x @ v[:, [0, 2]] @ u[[0, 2]])
    assert torch.allclose(references.dynamic_rank(x, v, gate, u, scaling=0.5), kept)
    assert torch.isnan(references.dynamic_rank(x * float("nan"), v, gate * 0, u)).all()


def test_gradients_of_the_formulas():
    def leaf(*shape):
        return torch.randn(shape, dtype=torch.float64, requires_grad=True)

    check = torch.autograd.gradcheck
    assert check(lambda *t: references.dynamic_rank(*t, 1.5, True), (leaf(3, 4), leaf(4, 2), leaf(3, 2), leaf(2, 4)))
    assert check(references.kronecker, (leaf(3, 6), leaf(2, 3), leaf(4, 2)))
    assert check(references.film_modulation, (leaf(2, 3, 4), leaf(2, 1, 4), leaf(2, 1, 4)))


def test_the_magnitude_of_a_formula_bounds_any_choice_of_signs():
    x, a, b = torch.randn(4, 12).double(), torch.randn(2, 3).double(), torch.randn(5, 4).double()
    bound = references.kronecker(x.abs(), a.abs(), b.abs())
    for seed in range(20):
        g = torch.Generator().manual_seed(seed)
        flipped = [t * torch.randint(0, 2, t.shape, generator=g).mul(2).sub(1) for t in (x, a, b)]
        assert (references.kronecker(*flipped).abs() <= bound + 1e-12).all()
