"""Analyze a run: metrics, explanations, gradient flow, diagnoses. Imports training and what training may import."""
