"""Wrong answers to the workbook, and right ones in other notations."""

from course_exercises.workbook import classes_and_skips as second
from course_exercises.workbook import paths_and_matrices as first
from course_exercises.workbook import shared_and_split as third

NOT_ADDED = "a path is missing"

# (problem, what stands in its solution, what is written instead, the kind of slip that the first
# hint names; "" where none is named, after problem 15)
SLIPS = [
    (first.q1, "z − y ", "y − z ", "the sign is turned"),
    (first.q1, "z − y ", "z ", "look at this principle: multiply"),
    (first.q1, "x z.grad", "w z.grad", "look at this principle: what came in"),
    (first.q2, "(1 − h²)", "h (1 − h)", "not the slope of the activation"),
    (first.q2, "h.grad (1 − h²)", "h.grad", "the slope f′ of an activation on the way is missing"),
    (first.q2, "h.grad (1 − h²)", "h.grad (1 − a²)", "was given its argument"),
    (first.q2, "u.grad = x a.grad", "u.grad = u a.grad", "look at this principle: what came in"),
    (first.q3, " + q.grad w", "", NOT_ADDED),
    (first.q3, "p.grad v + ", "", NOT_ADDED),
    (first.q3, "p.grad v + q.grad w", "p.grad v − q.grad w", "inside, a plus stands for a minus"),
    (first.q3, "p.grad v + q.grad w", "p.grad v ⊙ q.grad w", "look at this principle: add over"),
    (
        first.q4,
        "c.grad v + q.grad w",
        "(p.grad v + q.grad w) p (1 − p)",
        "look at this principle: add over",
    ),
    (first.q4, "c.grad v + q.grad w", "p.grad v + q.grad w", "p.grad is the gradient of another"),
    (first.q4, " + q.grad w", "", NOT_ADDED),
    (first.q4, "p.grad p (1 − p)", "p.grad (1 − p²)", "not the slope of the activation"),
    (first.q5, "o.grad @ R.T", "o.grad @ R", "your sum runs over the other index of R"),
    (first.q5, "m.grad @ Q.T", "Q m.grad", "the factors of a matrix product stand in the wrong"),
    (first.q5, "s.T @ o.grad", "r.T @ o.grad", "r is not what came in"),
    (first.q5, "⊙ (1 − r²)", "⊙ r ⊙ (1 − r)", "not the slope of the activation"),
    (first.q6, "s.T @ o.grad / B", "s.T @ o.grad", "the mean over the examples is missing"),
    (
        first.q6,
        "r.T @ m.grad / B",
        "r.T @ m.grad / B / B",
        "the mean over the examples is taken tw",
    ),
    (first.q6, "m.grad = s.grad", "m.grad = 1/B s.grad", "the mean is taken too early"),
    (first.q6, "v.T @ b.grad", "b.grad.T @ v", "rows and columns of the result are exchanged"),
    (second.q7, ".sum(axis=0, keepdims=True) / B", "", "the same row, and what they say is not"),
    (second.q7, ".sum(axis=0, keepdims=True) / B", " / B", "the same row, and what they say is"),
    (second.q7, "keepdims=True) / B", "keepdims=True)", "the mean over the examples is missing"),
    (second.q7, "c.grad = o.grad", "c.grad = z.grad", "z.grad is the gradient of another place"),
    (second.q8, "softmax(z)", "z", "the softmax is missing"),
    (second.q8, " − onehot(y)", "", "the right answer is missing"),
    (second.q8, "softmax(z) − onehot(y)", "onehot(y) − softmax(z)", "the sign is turned"),
    (second.q8, "x.T @ z.grad / B", "x.T @ z.grad", "the mean over the examples is missing"),
    (second.q9, "p ⊙ (p.grad − Σ_k p.grad ⊙ p)", "p.grad ⊙ p ⊙ (1 − p)", "each output of a softm"),
    (second.q9, "p ⊙ (p.grad − Σ_k p.grad ⊙ p)", "softmax(z) − t", ""),
    (second.q9, "p.grad − Σ_k", "p.grad + Σ_k", "a plus stands for a minus"),
    (second.q10, "z.grad @ s.T", "s.T @ z.grad", "the factors of a matrix product stand in the"),
    (second.q10, "E.T @ z.grad", "z.grad @ E.T", "the factors of a matrix product stand in the"),
    (second.q10, "C.T @ c.grad", "C @ c.grad", "your sum runs over the other index of C"),
    (second.q10, "a.grad @ x.T / B", "a.grad @ x.T", "the mean over the examples is missing"),
    (second.q11, " + r.grad", "", NOT_ADDED),
    (second.q11, " + r.grad", " + c.grad", "c.grad is the gradient of another place"),
    (second.q11, "c.grad @ V.T + ", "", NOT_ADDED),
    (second.q12, "+ p.grad", "+ r.grad", "r.grad is the gradient of another place"),
    (second.q12, " + p.grad", "", NOT_ADDED),
    (second.q12, "⊙ r ⊙ (1 − r)", "", "the slope f′ of an activation on the way is missing"),
    (third.q13, "x.T @ p.grad + ", "", NOT_ADDED),
    (third.q13, " + h.T @ q.grad", "", NOT_ADDED),
    (third.q13, "(x.T @ p.grad + h.T @ q.grad) / B", "(x + h).T @ p.grad / B", ""),
    (third.q14, "−d.grad", "d.grad", "the sign is turned"),
    (third.q14, "a.grad + v.T", "a.grad − v.T", "a plus stands for a minus"),
    (third.q14, "k ⊙ (1 − k)", "h ⊙ (1 − h)", ""),
    (third.q14, "x.T @ a.grad + v.T @ c.grad", "x.T @ a.grad", NOT_ADDED),
    (third.q15, "e.grad.T @ h", "h.T @ e.grad", "rows and columns of the result are exchanged"),
    (third.q15, "e.grad @ V", "e.grad @ V.T", "because it is transposed"),
    (third.q15, " + z.grad", "", NOT_ADDED),
    (third.q16, "s.grad ⊙ d", "s.grad ⊙ g", ""),
    (third.q16, "s.grad ⊙ d", "s.grad ⊙ h", ""),
    (third.q16, "s.grad ⊙ g", "s.grad", ""),
    (third.q16, "r − t", "t − r", ""),
    (third.q17, "C.grad = h.T", "C.grad = ¼ h.T", ""),
    (third.q17, "z.grad @ C.T", "¼ z.grad @ C.T", ""),
    (third.q17, "¼ (softmax", "(softmax", ""),
    (third.q17, "p.grad @ A.T + ", "", ""),
    (third.q18, "[:, :H]", "[:, H:]", ""),
    (third.q18, "[:, :H]", "", ""),
    (third.q18, "c.T @ z.grad", "h.T @ z.grad", ""),
    (third.q19, " + m.grad / H", "", ""),
    (third.q19, " / H", "", ""),
    (third.q19, "−Σ_j", "Σ_j", ""),
    (third.q20, " + n.grad ⊙ z / n", "", ""),
    (third.q20, "−Σ_k", "Σ_k", ""),
    (third.q20, "u.grad / n + n.grad ⊙ z / n", "u.grad + n.grad ⊙ z", ""),
]

# (question, wrong answer, words of what is said)
OTHERS = [
    (first.line_1, 8, "that line holds, if those before it do"),
    (first.line_1, 4, "that line holds"),
    (first.line_1, 9, "from 1 to 8"),
    (first.line_1, "7", "the number of a line is wanted"),
    (first.effect_1, "a", "right everywhere? Work out both slopes"),
    (first.effect_1, "c", "not all three"),
    (first.effect_1, "d", "is it one factor?"),
    (first.mended_1, "c.grad = k.grad ⊙ (1 − c²)", "does not hold"),
    (first.mended_1, "c.grad = k.grad", "does not hold"),
    (first.mended_1, "A.grad = x.T @ c.grad / B", "line is missing"),
    (first.mended_1, 7, "a text is needed"),
    (second.pair_1, "a", "the way back meets the sum first"),
    (second.pair_1, "c", "behind the sigmoid"),
    (second.pair_1, "d", "as a part of p"),
    (second.line_2, 3, "that line holds"),
    (second.line_2, True, "from 1 to 6"),
    (second.effect_2, 1, "nothing would be wrong"),
    (second.effect_2, 1 / 32, "make the step too short"),
    (second.effect_2, 32**2, "that is too much"),
    (second.effect_2, 6, "that is not it"),
    (second.mended_2, "c.grad = a.grad / B", "holds only for one example"),
    (second.mended_2, "c.grad = a.grad.sum(axis=0, keepdims=True)", "holds only for one example"),
    (third.pair_2, "b", "nothing comes back through W"),
    (third.pair_2, "c", "through V, not through W"),
    (third.pair_2, "d", "look at the line of h"),
    (third.line_3, 4, "that line holds"),
    (third.effect_3, "a", "not both"),
    (third.effect_3, "b", "Is one of these wrong?"),
    (third.effect_3, "d", "is a later line made from it?"),
    (third.mended_3, "h.grad = k.grad @ W.T", "does not hold"),
    (third.mended_3, "h.grad = −k.grad @ W.T − r.grad", "does not hold"),
    (third.surprise, 1, "And u?"),
    (third.surprise, 0.3, "that is not it"),
    (third.surprise, "0", "not a str"),
]

# (problem, all lines in another notation)
NOTATIONS = [
    (first.q2, "δ = z − y\ndw = s δ\nds = δ w\ndc = ds s (1 − s)\ndv = h dc\nda = dc v (1 − h²)\n"
    "du = x da\ndh = dc v"),
    (first.q3, "∂L/∂p = p − s\n∂L/∂q = q − t\n∂L/∂v = ∂L/∂p h\n∂L/∂w = ∂L/∂q h\n"
    "∂L/∂h = w ∂L/∂q + v ∂L/∂p\n∂L/∂a = ∂L/∂h (1 − tanh(a)²)\n∂L/∂u = ∂L/∂a x"),
    (first.q4, "dz = z - y\ndp = dz\ndq = dz\ndw = dq * h\ndc = dp * p * (1 - p)\ndv = dc * h\n"
    "dh = dc * v + dq * w\nda = dh * (1 - h**2)\ndu = da * x"),
    (first.q5, "do = o - t\ndR = s.T @ do\nds = do @ R.T\ndm = ds * s * (1 - s)\ndQ = r.T @ dm\n"
    "dr = dm @ Q.T\ndb = dr * (1 - r**2)\ndP = v.T @ db"),
    (first.q5, "∂L/∂o_k = o_k − t_k\n∂L/∂R_jk = s_j ∂L/∂o_k\n∂L/∂s_j = Σ_k ∂L/∂o_k R_jk\n"
    "∂L/∂m_j = ∂L/∂s_j s_j (1 − s_j)\n∂L/∂Q_ij = r_i ∂L/∂m_j\n∂L/∂r_i = Σ_j ∂L/∂m_j Q_ij\n"
    "∂L/∂b_i = ∂L/∂r_i (1 − r_i²)\n∂L/∂P_di = v_d ∂L/∂b_i"),
    (first.q6, "o.grad = o − t\nm.grad = (o.grad Rᵀ) ⊙ s ⊙ (1 − s)\n"
    "b.grad = (m.grad Qᵀ) ⊙ (1 − r²)\nR.grad = 1/B sᵀ o.grad\nQ.grad = 1/B rᵀ m.grad\n"
    "P.grad = 1/B Σ_b v_bᵀ b.grad_b"),
    (second.q7, "z.grad = z − t\nV.grad = hᵀ z.grad / B\no.grad = (z.grad Vᵀ) ⊙ (1 − h²)\n"
    "A.grad = xᵀ o.grad / B\nc.grad = 1/B Σ_b o.grad"),
    (second.q7, "z.grad = z − t\nV.grad = hᵀ z.grad / B\no.grad = (z.grad Vᵀ) ⊙ (1 − h²)\n"
    "A.grad = xᵀ o.grad / B\nc.grad_j = 1/B Σ_b o.grad_bj"),
    (second.q8, "∂L/∂z = softmax(z) − onehot(y)\n∂J/∂W = xᵀ ∂L/∂z / B\n∂J/∂c = 1/B Σ_b ∂L/∂z"),
    (second.q8, r"\delta = softmax(z) - onehot(y)" "\n" r"\frac{\partial J}{\partial W} = "
    r"\frac{1}{B} x^\top \delta" "\n" r"\frac{\partial J}{\partial c} = \frac{1}{B} \sum_b \delta"),
    (second.q9, "p.grad = p − t\ns = Σ_k p.grad ⊙ p\nz.grad = p ⊙ p.grad − p ⊙ s\n"
    "W.grad = x.T @ z.grad / B"),
    (second.q9, "∂L/∂p_bk = p_bk − t_bk\n∂L/∂z_bl = p_bl (∂L/∂p_bl − Σ_k ∂L/∂p_bk p_bk)\n"
    "W.grad = x.T @ z.grad / B"),
    (second.q10, "dz = z - t\nE.grad = dz @ s.T / B\ndc = (E.T @ dz) * s * (1 - s)\n"
    "C.grad = dc @ h.T / B\nda = (C.T @ dc) * (1 - h**2)\nA.grad = da @ x.T / B"),
    (second.q11, "r.grad = r − t\nc.grad = r.grad ⊙ s ⊙ (1 − s)\nV.grad = hᵀ c.grad / B\n"
    "h.grad = r.grad + c.grad Vᵀ\na.grad = h.grad ⊙ (1 − h) ⊙ (1 + h)\nU.grad = xᵀ a.grad / B"),
    (second.q12, "r.grad = r - t\np.grad = r.grad * r * (1 - r)\nV.grad = h.T @ p.grad / B\n"
    "h.grad = p.grad @ V.T + p.grad\na.grad = h.grad * (1 - h**2)\nU.grad = x.T @ a.grad / B"),
    (third.q13, "q.grad = q − t\np.grad = (q.grad Wᵀ) ⊙ (1 − h²)\n"
    "W.grad = 1/B xᵀ p.grad + 1/B hᵀ q.grad"),
    (third.q14, "z.grad = z − t\nV.grad = (h − k)ᵀ z.grad / B\na.grad = (z.grad Vᵀ) ⊙ h ⊙ (1 − h)\n"
    "c.grad = −(z.grad Vᵀ) ⊙ k ⊙ (1 − k)\nW.grad = (xᵀ a.grad + vᵀ c.grad) / B"),
    (third.q15, "∂L/∂z_bk = z_bk − t_bk\n∂J/∂V_kj = 1/B Σ_b ∂L/∂z_bk h_bj\n"
    "∂L/∂h_bj = ∂L/∂z_bj + Σ_k ∂L/∂z_bk V_kj\n∂L/∂a_bj = ∂L/∂h_bj (1 − h_bj²)\n"
    "∂J/∂U_dj = 1/B Σ_b x_bd ∂L/∂a_bj"),
    (third.q16, "r.grad = r − t\nc.grad = r.grad ⊙ (h − x) ⊙ g ⊙ (1 − g)\n"
    "a.grad = r.grad ⊙ g ⊙ (1 − h²)\nG.grad = x.T @ c.grad / B\nA.grad = x.T @ a.grad / B"),
    (third.q17, "α = 0.25\np.grad = p − t\nz.grad = α (softmax(z) − onehot(y))\n"
    "A.grad = hᵀ p.grad / B\nC.grad = hᵀ z.grad / B\nh.grad = p.grad Aᵀ + z.grad Cᵀ\n"
    "a.grad = h.grad ⊙ (1 − h²)\nU.grad = xᵀ a.grad / B"),
    (third.q18, "z.grad = z − t\nV.grad = [h, x].T @ z.grad / B\nh.grad = z.grad @ V[:H].T\n"
    "a.grad = h.grad ⊙ (1 − h²)\nW.grad = x.T @ a.grad / B"),
    (third.q18, "z.grad = z − t\nV.grad = c.T @ z.grad / B\nc.grad = z.grad @ V.T\n"
    "a.grad = c.grad[:, :width(h)] ⊙ (1 − h²)\nW.grad = x.T @ a.grad / B"),
    (third.q19, "z.grad = z − t\nV.grad = r.T @ z.grad / B\nr.grad = z.grad @ V.T\n"
    "h.grad = r.grad − mean(r.grad, axis=1)\na.grad = h.grad ⊙ (1 − h²)\n"
    "U.grad = x.T @ a.grad / B"),
    (third.q19, "z.grad = z − t\nV.grad = r.T @ z.grad / B\n∂L/∂r = z.grad @ V.T\n"
    "∂L/∂h_bj = ∂L/∂r_bj − 1/H Σ_i ∂L/∂r_bi\na.grad = h.grad ⊙ (1 − h²)\n"
    "U.grad = x.T @ a.grad / B"),
    (third.q20, "u.grad = u − t\nz.grad = (u.grad − u ⊙ Σ_k (u.grad ⊙ u)) / ‖z‖\n"
    "W.grad = x.T @ z.grad / B"),
    (third.q20, "u.grad = u − t\ns = Σ_k u.grad ⊙ z\nz.grad = u.grad / n − s z / n³\n"
    "W.grad = x.T @ z.grad / B"),
]  # fmt: skip
